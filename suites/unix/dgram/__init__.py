"""AF_UNIX datagrams and records: peers, limits, flow control, what a receive call returns."""
