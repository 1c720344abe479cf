"""The coach: a pilot is judged by one business metric, and a name is caught that is a learning metric, or two in one."""

from .advice import Advice, coach
from .rule import BUSINESS, LEARNING, TWO, UNCLEAR

__all__ = ["BUSINESS", "LEARNING", "TWO", "UNCLEAR", "Advice", "coach"]
