"""Other kernels: booting, crashing, scheduling, packages."""
