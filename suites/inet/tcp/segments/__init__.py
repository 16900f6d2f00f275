"""What a connected TCP socket makes of segments, and which it sends: order, windows, resets, FIN, urgent data, ICMP."""
