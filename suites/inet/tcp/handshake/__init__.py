"""How a TCP connection begins, segment by segment: SYN and its options, the backlog, simultaneous open, resets."""
