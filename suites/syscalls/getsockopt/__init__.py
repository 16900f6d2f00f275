"""getsockopt(2): levels, names and lengths, whatever the option."""
