"""write(2) on sockets that keep records: each write is a record of its own."""

import ctypes
from errno import EADDRNOTAVAIL, EAFNOSUPPORT, ENODEV, ENOPROTOOPT, EPERM, ESOCKTNOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers import messages, syscall
from helpers.memory import Buffer
from helpers.syscall import returned
from helpers.uapi.socket import AF_VSOCK, MSG_EOR, SOCK_CLOEXEC, SOCK_SEQPACKET, iovec
from helpers.uapi.vm_sockets import VMADDR_CID_LOCAL, VMADDR_PORT_ANY, sockaddr_vm

REFS = ["man:write(2)", "man:vsock(7)", "src:net/socket.c:sock_write_iter"]
WITHOUT = {EAFNOSUPPORT, ESOCKTNOSUPPORT, ENODEV, EADDRNOTAVAIL, ENOPROTOOPT}


@pytest.fixture
def pair(sockets):
    """Two connected SOCK_SEQPACKET sockets of AF_VSOCK, the family whose receivers get MSG_EOR."""
    made = syscall.socket(AF_VSOCK, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)
    if made.errno == EPERM:
        pytest.skip("the seccomp profile of this container refuses AF_VSOCK")
    if made.errno in WITHOUT:
        pytest.skip("this kernel has no AF_VSOCK sockets of type SOCK_SEQPACKET")
    listener, address = (
        sockets.adopt(made.value),
        sockaddr_vm(AF_VSOCK, 0, VMADDR_PORT_ANY, VMADDR_CID_LOCAL),
    )
    if listener.bind(address, 16).errno in WITHOUT:
        pytest.skip("AF_VSOCK has no loopback here (CONFIG_VSOCKETS_LOOPBACK)")
    listener.must.listen(1)
    listener.must.getsockname(address, ctypes.c_int(16))
    client = sockets.open(AF_VSOCK, SOCK_SEQPACKET)
    client.must.connect(address, 16)
    return client, sockets.adopt(listener.must.accept())


@clause(since="5.15", level="source", refs=REFS, covers=["file:write", "file:writev", "msg:MSG_EOR"])
@pytest.mark.parametrize("call", ["write", "writev"])
def test_write_ends_a_record(pair, call):
    """A write to a SOCK_SEQPACKET socket ends a record, which the receiver gets with MSG_EOR; a plain send does not."""
    sender, receiver = pair
    data = Buffer(4, b"data")
    arguments = (data.array, 4) if call == "write" else ((iovec * 1)((data.address, 4)), 1)

    results = [syscall.call(call, sender.fd, *arguments), sender.send(b"data")]

    assert results == [returned(4)] * 2
    assert [messages.receive(receiver.fd, flags=0).flags for _ in results] == [MSG_EOR, 0]
