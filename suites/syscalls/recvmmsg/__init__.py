"""recvmmsg(2): several messages, the timeout, and errors on the way."""
