"""Connections of AF_UNIX stream and seqpacket sockets: their end, resets, readiness and wake-ups."""
