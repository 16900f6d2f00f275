"""recvmsg(2): header, vector, control buffer, flags and errors; the 32-bit layouts."""
