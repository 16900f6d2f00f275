"""sendto(2): address, memory, flags, waiting and refusals."""
