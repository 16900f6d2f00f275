"""ip(7): addresses, ports, options and control messages, the path MTU, ICMP errors."""
