"""What the running test really used: noted by the system call layer, read by the recorder after each test."""

domains: set[int] = set()  # address families of the sockets that were opened
