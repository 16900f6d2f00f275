"""connect(2) of AF_UNIX sockets: addresses, permissions, full listeners, datagram peers."""
