"""socketcall(2) and the 32-bit calls beside it: control messages that are received have 12-byte headers."""

import ctypes
import functools
import os
import struct
import time

import pytest

from fixtures.clauses import clause
from helpers import messages, times, wait
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage
from helpers.memory import PATTERN
from helpers.net import frames
from helpers.syscall import returned
from helpers.uapi.compat import compat_cmsghdr, old_timespec32, old_timeval32
from helpers.uapi.if_packet import PACKET_AUXDATA, TP_STATUS_USER, tpacket_auxdata
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import (
    MSG_CMSG_CLOEXEC,
    MSG_CTRUNC,
    SCM_CREDENTIALS,
    SCM_RIGHTS,
    SOCK_DGRAM,
    SOL_PACKET,
    SOL_SOCKET,
    ucred,
)
from helpers.uapi.socket_options import (
    SO_PASSCRED,
    SO_TIMESTAMP_NEW,
    SO_TIMESTAMP_OLD,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPNS_OLD,
)
from helpers.uapi.time_types import __kernel_sock_timeval, __kernel_timespec

BOTH = pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
clause32 = functools.partial(
    clause, since="5.1", level="source", refs=["man:socketcall(2)", "src:net/compat.c:put_cmsg_compat"]
)
UNTOUCHED = bytes([PATTERN])
AUXDATA = 12 + ctypes.sizeof(tpacket_auxdata)
STAMPING = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE


@pytest.fixture
def receiver(loopback):
    """A packet socket with PACKET_AUXDATA; two frames of 60 bytes wait at it."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    socket.enable(PACKET_AUXDATA)
    loopback.inject(frames.ethernet(size=60), frames.ethernet(size=60))
    return socket


@clause32(covers=["option:PACKET_AUXDATA:effect"])
@BOTH
def test_auxdata_comes_behind_a_12_byte_header(lowmem, receiver, entry):
    """PACKET_AUXDATA comes as a control message of 12 + 20 bytes, and msg_controllen says 32."""
    message = CompatMessage(lowmem, [64], control=64)

    result = entry.recvmsg(receiver.fd, message.address)

    assert result == returned(60)
    assert message.header.msg_controllen == AUXDATA
    [(length, level, kind, data)] = message.controls()
    assert (length, level, kind) == (AUXDATA, SOL_PACKET, PACKET_AUXDATA)
    aux = tpacket_auxdata.from_buffer_copy(data)
    assert (aux.tp_status & TP_STATUS_USER, aux.tp_len, aux.tp_snaplen, aux.tp_net) == (TP_STATUS_USER, 60, 60, 14)
    assert message.control()[AUXDATA:] == UNTOUCHED * (64 - AUXDATA)


@clause32(covers=["option:PACKET_AUXDATA:effect", "msg:MSG_CTRUNC"])
@pytest.mark.parametrize(
    ("room", "told"), [(0, 0), (11, 0), (12, 12), (31, 31), (AUXDATA, AUXDATA)],
    ids=["none", "less-than-header", "header", "one-short", "exact"],
)  # fmt: skip
def test_control_message_is_cut_to_the_room(lowmem, receiver, room, told):
    """Without room for a 12-byte header nothing is written, with less than all what fits; both set MSG_CTRUNC."""
    whole = CompatMessage(lowmem, [64], control=AUXDATA)
    message = CompatMessage(lowmem, [64], control=room)

    results = [SocketCall.recvmsg(receiver.fd, each.address) for each in (whole, message)]

    assert results == [returned(60)] * 2
    assert (message.header.msg_controllen, message.header.msg_flags) == (told, 0 if told == AUXDATA else MSG_CTRUNC)
    header = bytes(compat_cmsghdr(told, SOL_PACKET, PACKET_AUXDATA)) if told else b""
    written = header + whole.control()[12:told]
    assert message.control() == written.ljust(room, UNTOUCHED)


@clause32(
    covers=[f"option:SO_{name}_{form}:effect" for name in ("TIMESTAMP", "TIMESTAMPNS", "TIMESTAMPING")
            for form in ("OLD", "NEW")]
)  # fmt: skip
@pytest.mark.parametrize(
    ("option", "value", "kind", "unit"),
    [
        (SO_TIMESTAMP_OLD, 1, old_timeval32, 1e6),
        (SO_TIMESTAMP_NEW, 1, __kernel_sock_timeval, 1e6),
        (SO_TIMESTAMPNS_OLD, 1, old_timespec32, 1e9),
        (SO_TIMESTAMPNS_NEW, 1, __kernel_timespec, 1e9),
        (SO_TIMESTAMPING_OLD, STAMPING, old_timespec32 * 3, 1e9),
        (SO_TIMESTAMPING_NEW, STAMPING, __kernel_timespec * 3, 1e9),
    ],
    ids=[
        "timestamp-old",
        "timestamp-new",
        "timestampns-old",
        "timestampns-new",
        "timestamping-old",
        "timestamping-new",
    ],
)
def test_time_stamp_has_the_layout_of_its_option(lowmem, loopback, option, value, kind, unit):
    """Of the stamps of the old options the words have 32 bits, of the new ones 64; auxdata follows without a gap."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    socket.enable(PACKET_AUXDATA)
    socket.must.setsockopt(SOL_SOCKET, option, value)

    def receive():  # the kernel turns the clock on a moment after the option: the first frames may come unstamped
        message, start = CompatMessage(lowmem, [64], control=128), time.time()
        loopback.inject(frames.ethernet())
        SocketCall.recvmsg(socket.fd, message.address)
        return (message, start, time.time()) if len(message.controls()) == 2 else None

    message, start, end = wait.until(receive, "a frame with a time stamp")

    stamp, aux = message.controls()
    assert stamp[:3] == (12 + ctypes.sizeof(kind), SOL_SOCKET, option)
    assert aux[:3] == (AUXDATA, SOL_PACKET, PACKET_AUXDATA)
    assert message.header.msg_controllen == stamp[0] + aux[0]
    one = getattr(kind, "_type_", kind)
    seconds, fraction = times.words(one, stamp[3])
    assert start - 2 / unit <= seconds + fraction / unit <= end + 2 / unit
    assert not any(stamp[3][ctypes.sizeof(one) :])


@clause32()
@BOTH
def test_credentials_come_behind_a_12_byte_header(lowmem, sockets, entry):
    """SCM_CREDENTIALS comes as a control message of 12 + 12 bytes with pid, uid and gid of the sender."""
    left, right = sockets.pair(SOCK_DGRAM)
    right.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    left.must.send(b"x")
    message = CompatMessage(lowmem, [1], control=64)

    result = entry.recvmsg(right.fd, message.address)

    assert result == returned(1)
    who = bytes(ucred(os.getpid(), os.getuid(), os.getgid()))
    assert message.controls() == [(24, SOL_SOCKET, SCM_CREDENTIALS, who)]


@clause32()
@BOTH
@pytest.mark.parametrize(
    ("room", "count"), [(12, 0), (15, 0), (16, 1), (19, 1), (20, 2), (24, 3), (64, 3)]
)  # fmt: skip
def test_as_many_descriptors_come_as_there_is_room_for(lowmem, sockets, entry, room, count):
    """Of three descriptors sent as many arrive as fit behind a 12-byte header; MSG_CTRUNC is set when some do not."""
    left, right = sockets.pair(SOCK_DGRAM)
    send = messages.Message([b"x"], control=messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("3i", *[right.fd] * 3)))
    left.must.sendmsg(send.header)
    message = CompatMessage(lowmem, [1], control=room)

    result = entry.recvmsg(right.fd, message.address, MSG_CMSG_CLOEXEC)

    assert result == returned(1)
    fds = [fd for *_, data in message.controls() for fd in struct.unpack(f"={len(data) // 4}i", data)]
    arrived = [sockets.adopt(fd) for fd in fds]
    assert [length for length, *_ in message.controls()] == ([12 + 4 * count] if count else [])
    assert message.header.msg_controllen == (12 + 4 * count if count else 0)
    assert message.header.msg_flags == MSG_CMSG_CLOEXEC | (0 if count == 3 else MSG_CTRUNC)
    assert [os.fstat(end.fd).st_ino for end in arrived] == [os.fstat(right.fd).st_ino] * count
    assert not any(os.get_inheritable(end.fd) for end in arrived)
