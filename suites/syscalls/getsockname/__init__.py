"""getsockname(2): the forms of names, and the value-result length."""
