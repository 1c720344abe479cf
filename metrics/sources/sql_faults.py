"""What a database refuses, in words that a manager can act on. The database's own words stand inside quotation marks."""

import unicodedata

from django.utils.translation import gettext as _

from .base import SourceError

_LONGEST = 200


def own_words(text: str) -> str:
    """One short line, without characters that could rearrange the sentence."""
    line = text.strip().split("\n", 1)[0]
    clean = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in line[: _LONGEST + 1])
    return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "…"


def sign_in() -> SourceError:
    return SourceError(
        _("The database does not let this user in. Please check the user and the password."), field="password"
    )


def no_database() -> SourceError:
    return SourceError(
        _("There is no database of this name, or this user may not enter it."), field="database"
    )


def not_admitted() -> SourceError:
    return SourceError(
        _("The database does not admit Pilotlight's address. Please ask whoever runs it to allow it."),
        field="host",
    )


def busy() -> SourceError:
    return SourceError(_("The database is too busy just now, or is being restarted."), retry=True)


def broke_off() -> SourceError:
    return SourceError(_("The connection to the database broke off."), retry=True)


def locked() -> SourceError:
    return SourceError(
        _("Somebody else is holding what the query needs. It is tried again later."),
        retry=True,
        field="query",
    )


def writes() -> SourceError:
    return SourceError(
        _("The query tries to change something. Pilotlight only reads: please write a query that selects."),
        field="query",
    )


def not_allowed(words: str) -> SourceError:
    return SourceError(
        _(
            "This user may not read all that the query asks for (“%(words)s”). "
            "Please ask for the right to read it, or leave it out."
        )
        % {"words": own_words(words)},
        field="query",
    )


def not_understood(words: str) -> SourceError:
    return SourceError(
        _("The database cannot carry out this query: “%(words)s”.") % {"words": own_words(words)},
        field="query",
    )


def may_write(what: str, recipe: str) -> SourceError:
    """An account that may do more than read is not used at all."""
    return SourceError(
        _(
            "This user may do more than read (%(what)s), and Pilotlight uses no such user. "
            "Please ask whoever looks after the database for one that can only read: %(recipe)s"
        )
        % {"what": what, "recipe": recipe},
        field="user",
    )


def no_driver(database: str, extra: str) -> SourceError:
    return SourceError(
        _(
            "What is needed to ask %(database)s is not installed here. "
            "The people who run Pilotlight can add it: uv sync --extra %(extra)s"
        )
        % {"database": database, "extra": extra},
        field="database_kind",
    )
