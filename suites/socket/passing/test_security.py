"""SO_PASSSEC: the sender's security context beside each message, where a security module has one."""

import pytest

from fixtures.clauses import clause
from helpers import kernel
from helpers.messages import Message
from helpers.options import covers
from helpers.syscall import returned
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_PASSSEC
from suites.socket.passing.support import UNIX_TYPES, need_security_hooks

SYSCALL = "recvmsg"


@clause(since="2.6.18", level="source", refs=["src:net/core/scm.c:scm_passec"], covers=covers(["SO_PASSSEC"], "set"))
@UNIX_TYPES
def test_without_a_security_module_a_message_brings_no_context(sockets, type_):
    """With SO_PASSSEC and no security module that labels sockets a message has no control message and is whole."""
    if kernel.labels_sockets():
        pytest.skip("a security module of this machine labels sockets")
    need_security_hooks()
    sender, receiver = sockets.pair(type_)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSSEC, 1)
    sender.must.send(b"data")
    message = Message([16], control=64)

    result = receiver.recvmsg(message.header)

    assert (result, message.data(4)) == (returned(4), b"data")
    assert (message.header.msg_controllen, message.header.msg_flags) == (0, 0)
