"""Fixed bugs of sending."""
