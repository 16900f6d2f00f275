"""socketpair(2): the vector of descriptors, where it cannot be written, and what it holds after a refusal."""

import ctypes
from errno import EAFNOSUPPORT, EFAULT, EINVAL, EMFILE, EOPNOTSUPP
from typing import NamedTuple

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.descriptors import free_descriptors, leave_free, opened_by
from helpers.memory import Buffer, Memory
from helpers.process import in_child
from helpers.syscall import SUCCESS, Result, refused
from helpers.uapi.socket import AF_MAX, AF_PACKET, AF_UNIX, SOCK_RAW, SOCK_STREAM, SOCK_TYPE_MASK

GENERIC = "src:net/socket.c:__sys_socketpair"
WORD = ctypes.sizeof(ctypes.c_int)
UNTOUCHED = bytes(Buffer(WORD))


def pair_of(*fds: int) -> bytes:
    """Return the bytes of a vector."""
    return b"".join(bytes(ctypes.c_int(fd)) for fd in fds)


class Attempt(NamedTuple):
    """The outcome of a call: the Result, the descriptors that it opened, those that are free after it, the memory."""

    result: Result
    opened: list[int]
    free: list[int]
    memory: bytes


def attempt(count: int, family: int, kind: int, vector: int | None = None) -> tuple[list[int], Attempt]:
    """Try to make a pair with *count* descriptors left, and return which these are, and the outcome. For a child.

    The memory is three ints, of which the first two are the vector (unless *vector* is another's address).
    """
    first, own = leave_free(count), Buffer(3 * WORD)
    result, opened = opened_by(lambda: syscall.socketpair(family, kind, 0, own.address if vector is None else vector))
    return list(range(first, first + count)), Attempt(result, opened, free_descriptors(), bytes(own))


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", GENERIC])
def test_writes_the_two_descriptors_and_nothing_else():
    """A pair fills in two ints of the vector and leaves the memory after them alone."""
    numbers, outcome = in_child(attempt, 2, AF_UNIX, SOCK_STREAM)

    assert outcome == Attempt(SUCCESS, numbers, [], pair_of(*numbers) + UNTOUCHED)


@clause(since="4.16", level="disputed", refs=["man:socketpair(2)", GENERIC])
@pytest.mark.parametrize(
    ("family", "errno"), [(AF_PACKET, EOPNOTSUPP), (AF_MAX, EAFNOSUPPORT)], ids=["packet", "AF_MAX"]
)
def test_the_vector_holds_the_reserved_numbers_after_a_late_refusal(family, errno):
    """A refusal that comes after the descriptors were reserved leaves their numbers in the vector, though closed.

    socketpair(2) says that sv is left unchanged on failure; the kernel writes it before it makes the sockets.
    """
    numbers, outcome = in_child(attempt, 2, family, SOCK_RAW)

    assert outcome == Attempt(refused(errno), [], numbers, pair_of(*numbers) + UNTOUCHED)


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["null", "unmapped", "kernel", "readonly"])
def test_refuses_a_vector_that_cannot_be_written_with_efault(memory, where):
    """A vector that cannot be written is refused with EFAULT, and no descriptor stays open."""
    vector = {
        "null": lambda: 0,
        "unmapped": lambda: memory.unmapped,
        "kernel": lambda: Memory.KERNEL,
        "readonly": lambda: memory.readonly(UNTOUCHED * 2),
    }[where]()

    numbers, outcome = in_child(attempt, 2, AF_UNIX, SOCK_STREAM, vector)

    assert outcome == Attempt(refused(EFAULT), [], numbers, UNTOUCHED * 3)


@clause(since="4.16", level="source", refs=["man:socketpair(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize(("size", "errno"), [(WORD, EFAULT), (2 * WORD - 1, EFAULT), (2 * WORD, 0)])
def test_a_vector_of_which_only_the_first_fits_is_efault(memory, size, errno):
    """A vector with room for the first descriptor only is EFAULT; the first is written, but neither stays open."""
    vector = memory.before_end((UNTOUCHED * 2)[:size])

    def make() -> tuple[list[int], Attempt, bytes]:
        return *attempt(2, AF_UNIX, SOCK_STREAM, vector), memory.read(vector, WORD)

    numbers, outcome, first = in_child(make)

    assert (outcome.result.errno, outcome.opened, outcome.free) == (errno, *(([], numbers) if errno else (numbers, [])))
    assert first == pair_of(numbers[0])


@clause(since="4.16", level="source", refs=["man:socketpair(2)", GENERIC], covers=["errno:EFAULT"])
def test_a_vector_of_which_only_the_second_can_be_written_is_efault(memory):
    """A vector whose first int cannot be written is EFAULT, the second is left alone, and neither stays open."""
    vector = memory.readonly_until(UNTOUCHED * 2, WORD)

    def make() -> tuple[list[int], Attempt, bytes]:
        return *attempt(2, AF_UNIX, SOCK_STREAM, vector), memory.read(vector, 2 * WORD)

    numbers, outcome, both = in_child(make)

    assert outcome == Attempt(refused(EFAULT), [], numbers, UNTOUCHED * 3)
    assert both == UNTOUCHED * 2


@clause(since="2.2", level="documented", refs=["man:socketpair(2)", "man:getrlimit(2)"], covers=["errno:EMFILE"])
@pytest.mark.parametrize("free", [0, 1])
def test_refuses_a_pair_that_does_not_fit_below_the_limit_with_emfile(free):
    """A pair needs two free descriptors: with fewer it is EMFILE, none stays open and the vector is unchanged."""
    numbers, outcome = in_child(attempt, free, AF_UNIX, SOCK_STREAM)

    assert outcome == Attempt(refused(EMFILE), [], numbers, UNTOUCHED * 3)  # two are enough: see above


@clause(since="4.16", level="source", refs=[GENERIC])
@pytest.mark.parametrize(
    ("kind", "free", "vector", "errno"),
    [
        (SOCK_STREAM | SOCK_TYPE_MASK + 1, 0, 0, EINVAL),
        (SOCK_STREAM, 1, 0, EMFILE),
        (SOCK_STREAM, 2, 0, EFAULT),
        (SOCK_STREAM, 2, None, EAFNOSUPPORT),
    ],
    ids=["flags-first", "limit-before-vector", "vector-before-family", "family-last"],
)
def test_checks_flags_then_limit_then_vector_then_family(kind, free, vector, errno):
    """Errors take precedence in this order: unknown flags, the limit, the vector, then what socket(2) refuses."""
    _, outcome = in_child(attempt, free, AF_MAX, kind, vector)

    assert outcome.result == refused(errno)
