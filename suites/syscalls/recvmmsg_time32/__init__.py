"""recvmmsg(2) with 32-bit time, which 64-bit tables lack: through the 32-bit entry."""
