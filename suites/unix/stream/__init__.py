"""AF_UNIX streams: how bytes are sent, accounted and read, SO_INQ, splice."""
