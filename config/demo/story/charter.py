"""What Northwind says about AI in learning."""

from __future__ import annotations

from typing import Final

CHARTER: Final = {
    "vision": (
        "AI takes the typing and the repetition, so that people who teach have more time for people who learn. Whatever it "
        "makes is somebody's responsibility, by name, before it reaches anybody."
    ),
    "uses": (
        "Practice conversations, drafts of lessons and quizzes that an expert checks, translations, short briefings from "
        "yesterday's events. Each use begins as a pilot of six weeks with one number by which it is judged."
    ),
    "owner": "The head of learning and development",
    "governance": "Legal, the works council and the safety lead, four times a year",
    "questions": "learning@northwind.example, or the works council in room 114",
}
LIMITS: Final = (
    "No grades and no decision about a person. No reading of moods or faces. No recording that a manager can open. Nothing "
    "that a learner would not be told."
)
