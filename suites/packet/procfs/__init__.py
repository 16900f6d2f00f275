"""/proc/net/packet."""
