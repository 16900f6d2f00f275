"""What a socket reports of itself and of its peer."""
