"""What the demonstration tells: two organisations, their figures, and a pilot in every stage.

``python manage.py seed_demo`` tells it by the verbs that pages and tasks use. Told again, it adds what is missing.
"""

from config.demo.story.telling import Told, catch_up, tell
from config.demo.story.worker import Worker

__all__ = ["Told", "Worker", "catch_up", "tell"]
