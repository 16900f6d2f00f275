"""MSG_PEEK and SO_PEEK_OFF of AF_UNIX sockets."""
