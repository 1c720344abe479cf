"""What schemathesis does for its own tests, and here alone: a plugin has its say in each test and each report of all."""

from schemathesis.pytest.plugin import (
    pytest_exception_interact,
    pytest_pycollect_makeitem,
    pytest_pyfunc_call,
)

__all__ = ["pytest_exception_interact", "pytest_pycollect_makeitem", "pytest_pyfunc_call"]
