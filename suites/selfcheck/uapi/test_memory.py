"""Addresses have the property that they were asked for: the kernel faults, reads or writes there as it should."""

import ctypes
import errno
import os

import pytest

from helpers import syscall
from helpers.memory import PAGE, PATTERN, Buffer, Memory
from helpers.syscall import refused, returned

SIZES = [1, 100, PAGE, PAGE + 1]


class Pipe:
    """A pipe that the kernel copies between memory and itself through."""

    def __init__(self):
        self.reader, self.writer = os.pipe()

    def take_from(self, address, size):
        """Have the kernel read memory."""
        return syscall.call("write", self.writer, address, size)

    def put_at(self, address, size):
        """Have the kernel write *size* bytes "." to memory."""
        os.write(self.writer, b"." * size)
        return syscall.call("read", self.reader, address, size)

    def content(self):
        """Return what is in it."""
        return os.read(self.reader, 65536)

    def close(self):
        """Close both ends."""
        os.close(self.reader)
        os.close(self.writer)


@pytest.fixture
def pipe():
    """An empty pipe."""
    made = Pipe()
    yield made
    made.close()


def mapped(address):
    with open("/proc/self/maps") as maps:
        spans = [[int(word, 16) for word in line.split()[0].split("-")] for line in maps]
    return any(start <= address < end for start, end in spans)


@pytest.mark.parametrize(
    "place", [lambda memory: Memory.KERNEL, lambda memory: memory.unmapped], ids=["kernel", "none"]
)
def test_no_access_succeeds(memory, pipe, place):
    assert Memory.KERNEL >> 8 * ctypes.sizeof(ctypes.c_void_p) - 1 == 1
    address = place(memory)

    assert pipe.take_from(address, 1) == refused(errno.EFAULT)
    assert pipe.put_at(address, 1) == refused(errno.EFAULT)


@pytest.mark.parametrize("size", SIZES)
def test_read_only_memory_is_read_and_not_written(memory, pipe, size):
    data = os.urandom(size)
    address = memory.readonly(data)

    assert pipe.take_from(address, size) == returned(size)
    assert pipe.content() == data
    assert pipe.put_at(address, size) == refused(errno.EFAULT)
    assert memory.read(address, size) == data


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_byte_after_the_end_is_the_first_that_faults(memory, pipe, size):
    data = os.urandom(size)
    address = memory.before_end(data)

    assert memory.read(address, size) == data
    assert pipe.take_from(address + size, 1) == refused(errno.EFAULT)
    assert pipe.put_at(address + size, 1) == refused(errno.EFAULT)
    if size:
        pipe.content()
        assert pipe.put_at(address + size - 1, 1) == returned(1)
        assert memory.read(address, size) == data[:-1] + b"."
        assert pipe.take_from(address, size) == returned(size)


def test_a_structure_straddles_the_end(memory):
    """The two descriptors of a pair do not fit: the kernel has to see the fault in the middle."""
    address = memory.before_end(bytes(4))

    assert syscall.socketpair(1, 1, 0, address) == refused(errno.EFAULT)


def test_a_part_is_read_only_and_the_rest_is_not(memory, pipe):
    data = bytes(range(16))
    first, last = memory.readonly_until(data, 12), memory.readonly_from(data, 12)

    assert memory.read(first, 16) == memory.read(last, 16) == data
    assert pipe.put_at(first + 11, 1) == refused(errno.EFAULT)
    assert pipe.put_at(last + 12, 1) == refused(errno.EFAULT)
    pipe.content()
    assert pipe.put_at(first + 12, 4) == returned(4)
    assert pipe.put_at(last + 8, 4) == returned(4)
    assert memory.read(first, 16) == data[:12] + b"...."
    assert memory.read(last, 16) == data[:8] + b"...." + data[12:]


def test_everything_is_unmapped_at_the_end():
    with Memory() as memory:
        addresses = [memory.unmapped, memory.readonly(b"x" * 3 * PAGE), memory.before_end(b"x")]
        assert [address for address in addresses if not mapped(address)] == []

    assert [address for address in addresses if mapped(address)] == []
    memory.close()


def test_a_buffer_tells_what_was_written_to_it(pipe):
    buffer = Buffer(8, b"ab")
    assert bytes(buffer) == b"ab" + bytes([PATTERN]) * 6
    assert (len(buffer), buffer[:2], buffer.untouched(2), buffer.untouched()) == (8, b"ab", True, False)

    pipe.put_at(buffer.address + 4, 1)

    assert [buffer.untouched(2, 4), buffer.untouched(4, 5), buffer.untouched(5), buffer.untouched(2)] == [
        *(True, False, True, False)
    ]
    assert pipe.take_from(buffer.array, 5) == returned(5)
    assert pipe.content() == b"ab\xa5\xa5."


def test_a_buffer_is_filled_as_asked():
    buffer = Buffer(3, fill=0)

    assert bytes(buffer) == bytes(3)
    assert buffer.untouched()
    with pytest.raises(ValueError, match="4 bytes do not fit into 3"):
        Buffer(3, b"abcd")
