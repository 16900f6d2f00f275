"""MSG_OOB on AF_UNIX streams: the urgent byte, the mark, SO_OOBINLINE."""
