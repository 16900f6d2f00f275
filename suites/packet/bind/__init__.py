"""bind(2) and getsockname(2) of packet sockets: addresses, sequences of binds, the sockaddr_ll."""
