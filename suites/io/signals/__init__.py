"""Signal-driven I/O: O_ASYNC, F_SETOWN, F_SETSIG."""
