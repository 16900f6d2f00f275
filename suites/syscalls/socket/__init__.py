"""socket(2): family, type, protocol, flags and permission; the descriptor that it returns."""
