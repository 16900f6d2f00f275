"""getsockopt(2): SO_GET_FILTER, which reads a filter back in instructions."""

from errno import EINVAL

from fixtures.clauses import clause
from helpers.option_calls import SPARE, Answer, get, put, refusal
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS
from helpers.uapi.filter import (
    BPF_ABS,
    BPF_H,
    BPF_K,
    BPF_LD,
    BPF_RET,
    BPF_STMT,
    program,
)

SYSCALL = "getsockopt"
GETTING = "src:net/core/filter.c:sk_get_filter"
ATTACH = option("SO_ATTACH_FILTER")
ERROR = covers([ATTACH.name], "error")
RETURN_ALL, RETURN_NONE = BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF), BPF_STMT(BPF_RET | BPF_K, 0)


LONG = program([BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), RETURN_NONE, RETURN_ALL])
LONG_BYTES = b"".join(map(bytes, LONG.instructions))


@clause(since="3.8", level="source", refs=[GETTING], covers=covers([ATTACH.name], "set", "effect"))
def test_a_filter_reads_back_in_instructions(sockets):
    """SO_GET_FILTER returns the attached program, its lengths in instructions; without a filter the length is 0."""
    socket, size = sockets.packet(), len(LONG_BYTES) + SPARE
    none = get(socket, ATTACH, 3, size=size)
    must(put(socket, ATTACH, LONG))

    replies = [get(socket, ATTACH, room, size=size) for room in (3, 4, 1000)]

    untouched = refusal(0, size - SPARE).data
    assert none == Answer(SUCCESS, 0, untouched)
    assert replies == [Answer(SUCCESS, 3, LONG_BYTES + untouched[:SPARE])] * 3


@clause(since="3.8", level="source", refs=[GETTING], covers=["errno:getsockopt:EINVAL", *ERROR])
def test_the_length_of_a_filter_can_be_asked_for(sockets):
    """SO_GET_FILTER with length 0 returns the length it needs and writes nothing; one too small is EINVAL."""
    socket = sockets.packet()
    must(put(socket, ATTACH, LONG))

    replies = [get(socket, ATTACH, room) for room in (0, 1, 2)]

    assert replies == [Answer(SUCCESS, 3, refusal(0, 0).data), refusal(EINVAL, 1), refusal(EINVAL, 2)]
