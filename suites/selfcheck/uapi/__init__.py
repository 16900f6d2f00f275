"""The raw layer: constants and structures against the compiler, raw calls, the 32-bit entry, memory."""
