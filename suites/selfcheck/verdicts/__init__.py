"""Clauses, verdicts, evidence, expectations, guards, and that clauses can fail."""
