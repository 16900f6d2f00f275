"""io_submit(2) on sockets: the asynchronous read and write of Linux."""

import ctypes
from errno import EAGAIN, ENOSYS, ESPIPE
from os import RWF_NOWAIT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.sockets import must
from helpers.syscall import refused, returned
from helpers.uapi.aio_abi import IOCB_CMD_PREAD, IOCB_CMD_PWRITE, io_event, iocb
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM

REFS = ["man:io_submit(2)", "src:net/socket.c:sock_read_iter", "src:net/socket.c:sock_write_iter"]


@pytest.fixture
def outcome():
    """A function that makes one request and returns the result in its event: the value or -errno."""
    context = ctypes.c_ulong(0)
    made = syscall.call("io_setup", 1, context)
    if made.errno == ENOSYS:
        pytest.skip("this kernel has no asynchronous I/O (CONFIG_AIO)")
    must(made, "io_setup")

    def request(opcode, fd, buffer, offset, flags=0):
        block = iocb(aio_lio_opcode=opcode, aio_fildes=fd, aio_offset=offset, aio_rw_flags=flags)
        block.aio_buf, block.aio_nbytes = ctypes.addressof(buffer), len(buffer)
        must(syscall.call("io_submit", context.value, 1, (ctypes.c_void_p * 1)(ctypes.addressof(block))), "io_submit")
        event = io_event()
        assert syscall.call("io_getevents", context.value, 1, 1, event, None) == returned(1)
        return event.res

    yield request
    must(syscall.call("io_destroy", context.value), "io_destroy")


@clause(since="2.6.12", level="source", refs=REFS, covers=["file:aio"])
@pytest.mark.parametrize("offset", [1, 2**62])
def test_asynchronous_read_has_no_position(sockets, outcome, offset):
    """An asynchronous read at a position is ESPIPE, and takes nothing; at 0 it reads."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"data")
    buffer = (ctypes.c_char * 8)()

    assert outcome(IOCB_CMD_PREAD, right.fd, buffer, offset) == -ESPIPE
    assert outcome(IOCB_CMD_PREAD, right.fd, buffer, 0) == 4
    assert buffer.raw == b"data\0\0\0\0"


@clause(since="2.6.12", level="source", refs=REFS, covers=["file:aio"])
@pytest.mark.parametrize("offset", [1, 2**62])
def test_asynchronous_write_has_no_position(sockets, outcome, offset):
    """An asynchronous write at a position is ESPIPE, and sends nothing; at 0 it writes."""
    left, right = sockets.pair(SOCK_DGRAM)
    buffer = (ctypes.c_char * 4)(*b"data")

    assert outcome(IOCB_CMD_PWRITE, left.fd, buffer, offset) == -ESPIPE
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == refused(EAGAIN)
    assert outcome(IOCB_CMD_PWRITE, left.fd, buffer, 0) == 4
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == returned(4)


@clause(since="6.5", level="source", refs=[*REFS, "commit:fe34db062b80"], covers=["file:aio", "file:RWF_NOWAIT"])
def test_asynchronous_read_need_not_wait(sockets, outcome):
    """An asynchronous read with RWF_NOWAIT from an empty packet socket is EAGAIN."""
    buffer = (ctypes.c_char * 8)()

    assert outcome(IOCB_CMD_PREAD, sockets.packet().fd, buffer, 0, RWF_NOWAIT) == -EAGAIN
