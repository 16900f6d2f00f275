"""The stream that a TCP connection is to its program: amounts, flags of the receive calls, urgent data, its end."""
