"""What an HTTP status means for a manager, and whether waiting helps."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from .base import SourceError

ONE_DAY = 86_400


def check_status(status: int, retry_after: str = "") -> None:
    """Passes 2xx; everything else becomes a SourceError."""
    if 200 <= status < 300:
        return
    if status in (401, 403, 407):
        raise SourceError(_("The address refused our credentials."))
    if status in (404, 410):
        raise SourceError(_("There is nothing at this address (any more)."), field="url")
    if status == 429:
        raise SourceError(
            _("The address asks us to come less often."), retry=True, retry_after=seconds(retry_after)
        )
    if status in (408, 425) or status >= 500:
        message = _("The system behind the address has trouble at the moment (%(status)s).") % {
            "status": status
        }
        raise SourceError(message, retry=True, retry_after=seconds(retry_after))
    raise SourceError(
        _("The address did not accept our request (%(status)s). Please check it.") % {"status": status},
        field="url",
    )


def seconds(retry_after: str) -> int | None:
    """Retry-After as seconds from now, at most a day; None where it says nothing readable."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), ONE_DAY)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0, min(int((when - datetime.now(UTC)).total_seconds()), ONE_DAY))
