"""sendmmsg(2): several messages, and the one that cannot be sent."""
