"""recvfrom(2): address, memory, flags, waiting and errors."""
