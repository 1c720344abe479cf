"""What every part of the API rests on: problems in plain words, who calls, and answers that are given once."""

from accounts.api.caller import Bearer, Beside, Caller, caller_of, within
from accounts.api.once import answered_once
from accounts.api.problems import PROBLEMS, Problem, ProblemDetails, problem_response

__all__ = [
    "PROBLEMS",
    "Bearer",
    "Beside",
    "Caller",
    "Problem",
    "ProblemDetails",
    "answered_once",
    "caller_of",
    "problem_response",
    "within",
]
