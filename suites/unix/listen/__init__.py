"""listen(2) of AF_UNIX sockets: names, the backlog, what the peer sees."""
