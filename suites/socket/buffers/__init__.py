"""SO_SNDBUF and SO_RCVBUF with their FORCE forms: limits and doubling."""
