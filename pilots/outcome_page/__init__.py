"""The outcome as executives read it, told from its frozen facts; what became known later stands beside them, dated."""

from pilots.outcome_page.page import outcome_line, outcome_page
from pilots.outcome_page.seen import Seen

__all__ = ["Seen", "outcome_line", "outcome_page"]
