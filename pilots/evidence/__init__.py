"""The evidence file: what was agreed on a pilot, by whom, and what happened since, provable without a database."""

from .archive import pack
from .proof import EvidenceError, Proof, prove

__all__ = ["EvidenceError", "Proof", "pack", "prove"]
