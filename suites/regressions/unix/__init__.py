"""Fixed bugs of AF_UNIX."""
