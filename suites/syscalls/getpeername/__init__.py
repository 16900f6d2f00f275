"""getpeername(2): the name of the peer, and the value-result length."""
