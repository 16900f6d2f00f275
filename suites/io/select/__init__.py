"""select(2): the same readiness."""
