"""Socket filters, classic and extended: attach, detach, lock, read back."""
