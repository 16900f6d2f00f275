"""udp(7): connected datagram sockets."""
