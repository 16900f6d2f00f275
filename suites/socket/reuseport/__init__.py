"""SO_REUSEPORT groups and the programs that choose among their sockets."""
