"""listen(2): which sockets listen, and the backlog."""
