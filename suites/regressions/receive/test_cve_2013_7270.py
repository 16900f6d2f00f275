"""CVE-2013-7270: recvmsg(2) leaked bytes of the kernel's stack as an address that was never filled in."""

import ctypes

from fixtures.clauses import clause
from helpers import wait
from helpers.messages import Message
from helpers.net import frames
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_SOCKET
from helpers.uapi.socket_options import SO_TIMESTAMPING_OLD


@clause(since="3.13", level="source", refs=["cve:CVE-2013-7270", "src:net/socket.c:____sys_recvmsg"])
def test_what_has_no_sender_comes_with_an_address_of_length_0(wire):
    """A time stamp from the error queue has no address: msg_namelen becomes 0 and the name's memory stays as it is."""
    sender = wire.left.packet_socket(protocol=0)
    sender.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE)
    name = (ctypes.c_char * 128).from_buffer_copy(b"\xa5" * 128)
    message = Message([2048], name, 512)

    sender.must.send(frames.ethernet().data)
    wait.poll(sender.fd, 0)
    sender.must.recvmsg(message.header, MSG_ERRQUEUE)

    assert (message.header.msg_namelen, bytes(name)) == (0, b"\xa5" * 128)
