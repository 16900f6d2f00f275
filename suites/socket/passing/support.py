"""What the clauses about what is passed along with messages share: the types of AF_UNIX sockets, a configuration."""

import pytest

from helpers import kernel
from helpers.uapi.socket import SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM

UNIX_TYPES = pytest.mark.parametrize(
    "type_", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"]
)


def need_security_hooks():
    """Skip the test on a kernel that is built without hooks of security modules for sockets."""
    where, config = kernel.config()
    if where and config.get("CONFIG_SECURITY_NETWORK") != "y":
        pytest.skip("this kernel is built without CONFIG_SECURITY_NETWORK")
