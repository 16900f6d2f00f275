"""ioctl(2) on sockets: queue, owner, time stamp, the links of the namespace; 32-bit forms."""
