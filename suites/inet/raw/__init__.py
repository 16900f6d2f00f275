"""raw(7): who may make raw sockets, and the protocol that they need."""
