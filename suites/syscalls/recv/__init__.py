"""recv(2), which 64-bit tables lack: through the 32-bit entry."""
