"""A package of its own, because a library that the tests need brings one of the same name."""
