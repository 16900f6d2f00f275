"""Options that hold a flag, a number or a small structure: values, privileges, families, effects."""
