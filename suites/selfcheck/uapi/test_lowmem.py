"""Memory below 4 GiB lies where it should, is laid out as asked, and is gone at the end."""

import ctypes
import errno
import itertools

import pytest

from helpers import syscall
from helpers.lowmem import LIMIT, PAGE, LowMemory
from helpers.syscall import refused
from helpers.syscall_numbers import architecture


def protection_of(address):
    with open("/proc/self/maps") as maps:
        for line in maps:
            first, last = (int(word, 16) for word in line.split()[0].split("-"))
            if first <= address < last:
                return line.split()[1]
    return None


@pytest.fixture
def memory():
    if architecture() != "x86_64":
        pytest.skip("MAP_32BIT is x86's")
    with LowMemory(PAGE) as memory:
        yield memory


def test_allocations_are_low_aligned_zeroed_and_apart(memory):
    sizes = [1, 0, 3, PAGE, 5 * PAGE, 16]
    addresses = [memory.alloc(size, align) for size, align in zip(sizes, [1, 64, 4, PAGE, 16, 16], strict=True)]

    assert max(address + size for address, size in zip(addresses, sizes, strict=True)) <= LIMIT // 2
    assert [addresses[1] % 64, addresses[2] % 4, addresses[3] % PAGE, addresses[4] % 16] == [0, 0, 0, 0]
    spans = sorted(zip(addresses, sizes, strict=True))
    assert [pair for pair in itertools.pairwise(spans) if pair[0][0] + max(pair[0][1], 1) > pair[1][0]] == []
    assert memory.read(addresses[4], 5 * PAGE) == bytes(5 * PAGE)
    with pytest.raises(ValueError, match="aligned to 3"):
        memory.alloc(1, 3)


def test_objects_are_placed_and_seen_in_place(memory):
    address = memory.place((ctypes.c_uint16 * 2)(1, 2))
    view = memory.view(ctypes.c_uint16 * 2, address)
    view[1] = 0x0304
    memory.write(address, b"\xff")

    assert memory.read(address, 4) == b"\xff\x00\x04\x03"
    with pytest.raises(TypeError):
        memory.place(4)


@pytest.mark.parametrize("size", [0, 1, PAGE, PAGE + 1])
def test_byte_behind_a_guarded_area_faults(memory, size):
    address = memory.guarded(size)

    assert memory.read(address, size) == bytes(size)
    assert (address + size) % PAGE == 0
    with pytest.raises(ValueError, match="not of this arena"):
        memory.read(address, size + 1)
    assert syscall.socketpair(1, 1, 0, address + size - 4) == refused(errno.EFAULT)


def test_everything_is_unmapped_at_the_end():
    with LowMemory() as memory:
        addresses = [memory.alloc(10), memory.alloc(100 * PAGE), memory.guarded(10), memory.readonly(b"x")]
        assert [protection_of(address) for address in addresses] == ["rw-p", "rw-p", "rw-p", "r--p"]

    assert [protection_of(address) for address in addresses] == [None] * 4
    memory.close()
