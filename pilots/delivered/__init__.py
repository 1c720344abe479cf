"""What AI in learning delivers, over all pilots that were decided: the executive portfolio, on the page and on slides."""

from pilots.delivered.chosen import Chosen
from pilots.delivered.figures import Delivered
from pilots.delivered.page import delivered_page, delivered_words

__all__ = ["Chosen", "Delivered", "delivered_page", "delivered_words"]
