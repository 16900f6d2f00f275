"""What the clauses about what is passed along with messages share: the types of AF_UNIX sockets."""

import pytest

from helpers.uapi.socket import SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM

UNIX_TYPES = pytest.mark.parametrize(
    "type_", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"]
)
