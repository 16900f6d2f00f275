"""The mmap rings of packet sockets, versions 1 to 3."""
