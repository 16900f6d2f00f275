"""msghdr, control messages and vectors are laid out as the C library's macros and the kernel have them."""

import array
import ctypes
import errno
import os
import socket

import pytest

from helpers import messages, syscall
from helpers.messages import CMSG_HEADER, Message, cmsg, cmsg_space, controls, vector
from helpers.sockets import SetupError
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_TRUNC, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET

INT = array.array("i").itemsize


@pytest.fixture
def pair(sockets):
    """Two connected datagram sockets."""
    return sockets.pair(SOCK_DGRAM)


@pytest.fixture
def python_end(pair):
    """The second one as a socket of Python's, which lays out messages on its own."""
    made = socket.socket(fileno=os.dup(pair[1].fd))
    yield made
    made.close()


@pytest.fixture
def file():
    """A descriptor of an empty file."""
    fd = os.memfd_create("file")
    yield fd
    os.close(fd)


def same_file(one, other):
    return os.path.samestat(os.fstat(one), os.fstat(other))


@pytest.mark.parametrize("length", [*range(33), 1000])
def test_sizes_are_those_of_the_c_macros(length):
    control = cmsg(1, 2, bytes(length))

    assert cmsg_space(length) == len(control) == socket.CMSG_SPACE(length)
    assert CMSG_HEADER + length == socket.CMSG_LEN(length)
    assert int.from_bytes(control[: ctypes.sizeof(ctypes.c_size_t)], "little") == socket.CMSG_LEN(length)


def test_control_messages_come_apart_as_they_were_put_together():
    parts = [(1, 2, b""), (-1, 2**31 - 1, b"a"), (3, 4, b"12345678"), (5, 6, bytes(100)), (7, 8, b"last")]

    assert list(controls(b"".join(cmsg(*part) for part in parts))) == parts


@pytest.mark.parametrize("length", [0, CMSG_HEADER - 1, CMSG_HEADER + 5, 2**63], ids=["zero", "short", "long", "huge"])
def test_taking_apart_stops_at_a_broken_length(length):
    broken = cmsg(3, 4, b"rest", length)[: CMSG_HEADER + 4]

    assert list(controls(cmsg(1, 2, b"good") + broken)) == [(1, 2, b"good")]
    assert list(controls(cmsg(1, 2, b"good")[: CMSG_HEADER - 1])) == []


def test_the_kernel_takes_what_is_sent_and_refuses_what_is_broken(pair, python_end, file):
    rights = file.to_bytes(INT, "little")
    sent = Message([b"x"], control=cmsg(SOL_SOCKET, SCM_RIGHTS, rights))
    broken = Message([b"x"], control=cmsg(SOL_SOCKET, SCM_RIGHTS, rights, length=CMSG_HEADER - 1))

    assert pair[0].sendmsg(sent.header) == returned(1)
    assert pair[0].sendmsg(broken.header) == refused(errno.EINVAL)

    data, ancillary, _, _ = python_end.recvmsg(10, 1000)
    assert data == b"x"
    [(level, kind, content)] = ancillary
    assert (level, kind) == (SOL_SOCKET, SCM_RIGHTS)
    received = int.from_bytes(content, "little")
    assert same_file(received, file)
    os.close(received)


def test_what_another_sends_is_received_whole(pair, python_end, file):
    python_end.sendmsg([b"one", b"two"], [(SOL_SOCKET, SCM_RIGHTS, array.array("i", [file, file]))])

    received = messages.receive(pair[0].fd)

    assert (received.data, received.value) == (b"onetwo", 6)
    [(level, kind, content)] = received.controls
    assert (level, kind, len(content)) == (SOL_SOCKET, SCM_RIGHTS, 2 * INT)
    for fd in array.array("i", content):
        assert same_file(fd, file)
        os.close(fd)


def test_pieces_are_gathered_and_scattered(pair):
    assert pair[0].sendmsg(Message([b"ab", bytearray(b"c"), (ctypes.c_char * 3)(*b"def")]).header) == returned(6)
    into = Message([2, 0, 5])

    assert pair[1].recvmsg(into.header) == returned(6)

    assert [bytes(buffer) for buffer in into.buffers] == [b"ab", b"", b"cdef\xa5"]
    assert (into.data(6), into.data(1), into.data(99)) == (b"abcdef", b"a", b"abcdef\xa5")
    assert into.control_messages() == []


def test_a_message_of_nothing_has_null_pointers():
    header = Message().header

    assert (header.msg_iov, header.msg_iovlen) == (None, 0)
    assert (header.msg_name, header.msg_namelen) == (None, 0)
    assert (header.msg_control, header.msg_controllen) == (None, 0)


def test_name_control_and_flags_are_in_the_header():
    name = ctypes.create_string_buffer(18)
    message = Message([b"x"], name, 100, flags=0x55)

    assert (message.header.msg_name, message.header.msg_namelen) == (ctypes.addressof(name), 18)
    assert (message.header.msg_control, message.header.msg_controllen) == (ctypes.addressof(message.control), 100)
    assert bytes(message.control) == b"\xa5" * 100
    assert message.header.msg_flags == 0x55


def test_receive_tells_nothing_from_a_failure(pair):
    assert messages.receive(pair[0].fd, flags=MSG_DONTWAIT) is None
    with pytest.raises(SetupError, match="recvmsg refused with EBADF"):
        messages.receive(-1)


def test_a_truncated_datagram_keeps_its_length(pair):
    pair[1].must.send(b"abcdef")

    received = messages.receive(pair[0].fd, 4, flags=MSG_TRUNC)

    assert (received.data, received.value, received.flags & MSG_TRUNC) == (b"abcd", 6, MSG_TRUNC)


def test_a_vector_carries_each_message(pair):
    sent, into = [Message([b"one"]), Message([b"three"])], [Message([8]), Message([8]), Message([8])]
    out, back = vector(sent), vector(into)
    assert [entry.msg_len for entry in back] == [0xA5A5A5A5] * 3

    assert pair[0].sendmmsg(out, 2) == returned(2)
    assert syscall.recvmmsg(pair[1].fd, back, 3, MSG_DONTWAIT) == returned(2)

    assert [entry.msg_len for entry in out] == [3, 5]
    assert [entry.msg_len for entry in back] == [3, 5, 0xA5A5A5A5]
    assert [into[number].data(back[number].msg_len) for number in (0, 1)] == [b"one", b"three"]
    assert into[2].data(8) == b"\xa5" * 8
