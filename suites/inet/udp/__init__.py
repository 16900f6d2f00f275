"""udp(7): sending and receiving, checksums, corked and segmented datagrams."""
