"""tcp(7): connecting and listening."""
