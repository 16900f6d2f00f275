"""accept(2) and accept4(2) without flags: the new socket, the address, waiting, refusals."""
