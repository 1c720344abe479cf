"""What every part of the API rests on: problems in plain words, who calls, and answers that are given once."""

from accounts.api.caller import Bearer, Beside, Caller, caller_of, raw_of, within
from accounts.api.once import answered, answered_once, digest_of_request, key_of
from accounts.api.problems import PROBLEMS, Problem, ProblemDetails, problem_response

__all__ = [
    "PROBLEMS",
    "Bearer",
    "Beside",
    "Caller",
    "Problem",
    "ProblemDetails",
    "answered",
    "answered_once",
    "caller_of",
    "digest_of_request",
    "key_of",
    "problem_response",
    "raw_of",
    "within",
]
