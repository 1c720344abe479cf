"""The look comes as one file, with all that is in its parts."""

from __future__ import annotations

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from config.environment import BASE_DIR
from config.static_files import in_one_piece

PARTS = BASE_DIR / "static" / "css"


def test_a_sheet_has_what_it_imports_in_its_place_and_layer(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a { color: red }\n")
    (tmp_path / "b.css").write_text("b { color: blue }\n")
    sheet = tmp_path / "all.css"
    sheet.write_text('@layer low;\n@import url("b.css");\n@import url("a.css") layer(low);\n')
    assert in_one_piece(sheet) == "@layer low;\nb { color: blue }\n\n@layer low {\na { color: red }\n}\n"


def test_browsers_get_all_parts_at_once() -> None:
    found = finders.find("css/pilotlight.css")
    assert isinstance(found, str)
    text = Path(found).read_text()
    assert "@import" not in text
    for part in PARTS.glob("*.css"):
        assert part.name == "pilotlight.css" or part.read_text() in text
    assert text.count("{") == text.count("}")


def test_it_is_what_is_collected(tmp_path: Path) -> None:
    storages = {"staticfiles": {"BACKEND": "config.static_files.Storage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    [collected] = (tmp_path / "css").glob("pilotlight.*.css")
    text = collected.read_text()
    assert "@layer components {" in text
    fonts = re.findall(r'url\("\.\./(fonts/[^"]+)"', text)
    assert fonts
    assert all((tmp_path / font).exists() for font in fonts)
