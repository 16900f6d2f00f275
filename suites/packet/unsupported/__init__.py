"""System calls that packet sockets do not support: connect, listen, shutdown, getpeername, socketpair."""
