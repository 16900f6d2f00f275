"""AF_UNIX sockets in a sockmap of BPF, whose verdict program sees what they receive."""
