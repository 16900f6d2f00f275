"""Descriptors that are no socket's, by name, with the errno that every socket call has for each."""

from errno import EBADF, ENOTSOCK

from helpers.connections import NO_SOCKETS, NOT_OPEN, no_socket, not_open
from helpers.socket_pool import Sockets

ODD = dict.fromkeys(NOT_OPEN, EBADF) | dict.fromkeys(NO_SOCKETS, ENOTSOCK)


def odd_descriptor(sockets: Sockets, which: str) -> int:
    """Return the descriptor of ODD; a closed one stays free as long as nothing is opened."""
    return (not_open if which in NOT_OPEN else no_socket)(sockets, which)
