"""What PDF/UA-1 asks of a document that a machine can check: the essentials of the Matterhorn protocol, read from the file itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import pikepdf

_ELEMENTS: Final = (
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD "
    "THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form"
)
_STANDARD: Final = frozenset(_ELEMENTS.split())
_PAINTERS: Final = "S s f F f* B B* b b* sh Do Tj TJ ' \" INLINE IMAGE"
_PAINTS: Final = frozenset(_PAINTERS.split())


def complaints(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [*_document(pdf), *_structure(pdf), *_content(pdf), *_fonts(pdf)]


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    root = pdf.Root
    with pdf.open_metadata(set_pikepdf_as_editor=False) as known:
        if not known.get("dc:title"):
            yield "no title in its metadata"
        if known.get("pdfuaid:part") != "1":
            yield "does not say that it is PDF/UA-1"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "is not marked as tagged"
    if root.get("/MarkInfo", {}).get("/Suspects"):
        yield "suspects its own tags"
    if not str(root.get("/Lang", "")):
        yield "has no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "shows its file name instead of its title"
    for number, page in enumerate(pdf.pages, 1):
        if page.get("/Tabs") != "/S":
            yield f"page {number}: the tab order is not that of the structure"


def _walked(node: Any, roles: Any) -> Iterator[tuple[str, Any]]:
    """Each element of the structure, as what it counts, in reading order."""
    if isinstance(node, pikepdf.Array):
        for one in node:  # type: ignore[attr-defined]
            yield from _walked(one, roles)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        kind = node.S
        while str(kind)[1:] not in _STANDARD and str(kind) in roles:
            kind = roles[str(kind)]
        yield str(kind)[1:], node
        yield from _walked(node.get("/K"), roles)


def _structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    if "/StructTreeRoot" not in pdf.Root:
        yield "has no structure"
        return
    level, tree = 0, pdf.Root.StructTreeRoot
    for kind, element in _walked(tree.get("/K"), tree.get("/RoleMap", {})):
        if kind not in _STANDARD:
            yield f"{kind} is no kind of element"
        if (
            kind in {"Figure", "Formula"}
            and not str(element.get("/Alt", element.get("/ActualText", ""))).strip()
        ):
            yield "a picture says nothing to who cannot see it"
        if kind == "Table" and not any(inner == "TH" for inner, _cell in _walked(element.K, {})):
            yield "a table without heads does not say what its cells are about"
        if kind == "TH" and "/Scope" not in _attributes(element):
            yield "a head of a table does not say what it is the head of"
        if kind == "TR" and not {
            str(cell.S) for cell in element.K if isinstance(cell, pikepdf.Dictionary)
        } <= {"/TH", "/TD"}:
            yield "a row of a table holds something else than cells"
        if kind in {"H1", "H2", "H3", "H4", "H5", "H6"}:
            if int(kind[1]) > level + 1:
                yield f"{kind} comes after a heading of level {level}"
            level = int(kind[1])


def _attributes(element: Any) -> dict[str, Any]:
    given = element.get("/A", [])
    many = given if isinstance(given, pikepdf.Array) else [given]
    return {
        str(name): value for one in many if isinstance(one, pikepdf.Dictionary) for name, value in one.items()
    }


def _content(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Whatever is painted is part of the structure, or an artifact."""
    known = (
        set(_numbers(pdf.Root.StructTreeRoot.ParentTree))
        if "/ParentTree" in pdf.Root.get("/StructTreeRoot", {})
        else set()
    )
    for number, page in enumerate(pdf.pages, 1):
        if page.get("/StructParents") not in known:
            yield f"page {number} is no part of the structure"
        within: list[bool] = []
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in {"BDC", "BMC"}:
                tagged = (
                    name == "BDC" and isinstance(operands[1], pikepdf.Dictionary) and "/MCID" in operands[1]
                )
                within.append(tagged or operands[0] == "/Artifact")
            elif name == "EMC":
                within.pop()
            elif name in _PAINTS and not any(within):
                yield f"page {number}: {name} paints outside of the structure"


def _numbers(tree: Any) -> Iterator[int]:
    yield from (int(number) for number in list(tree.get("/Nums", []))[::2])
    for kid in tree.get("/Kids", []):
        yield from _numbers(kid)


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Each is in the file, and its letters are known by what they are."""
    for font in pdf.objects:
        if (
            not isinstance(font, pikepdf.Dictionary)
            or font.get("/Type") != "/Font"
            or font.get("/Subtype") in {"/CIDFontType0", "/CIDFontType2"}
        ):
            continue
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        described = inner.get("/FontDescriptor", {})
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys()):
            yield f"{font.get('/BaseFont')} is not in the file"
        if "/ToUnicode" not in font:
            yield f"{font.get('/BaseFont')}: its letters cannot be read"
