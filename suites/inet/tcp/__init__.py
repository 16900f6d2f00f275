"""tcp(7): connecting, listening, shutting down, ports, and what an accepted socket has of its listener."""
