"""poll(2): what a socket is ready for."""
