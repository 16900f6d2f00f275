"""socketcall(2): its sub-calls do what the native calls do; 32-bit layouts."""
