"""Calls that wait: nonblocking ways, SO_RCVTIMEO and SO_SNDTIMEO, signals, partial transfers."""

DOCUMENTS = ["man:*(2)", "man:socket(7)", "man:signal(7)", "src:net/*", "src:include/net/sock.h*"]
