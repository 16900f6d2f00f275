"""Control messages of SOL_SOCKET: sent along with a message, and received on request."""
