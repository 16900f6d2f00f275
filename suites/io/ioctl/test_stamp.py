"""SIOCGSTAMP and SIOCGSTAMPNS: when the last received frame arrived."""

import ctypes
import time
from errno import EFAULT, ENOENT, ENOTTY

import pytest

from fixtures.clauses import clause
from helpers import times, wait
from helpers.memory import Buffer
from helpers.net import frames
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import SIOCGSTAMP_NEW, SIOCGSTAMP_OLD, SIOCGSTAMPNS_NEW, SIOCGSTAMPNS_OLD
from helpers.uapi.time_types import __kernel_timespec, timespec

REFS = ["man:socket(7)", "src:net/socket.c:sock_ioctl", "src:net/core/sock.c:sock_gettstamp"]
UNITS = {SIOCGSTAMP_OLD: 10**6, SIOCGSTAMP_NEW: 10**6, SIOCGSTAMPNS_OLD: 10**9, SIOCGSTAMPNS_NEW: 10**9}
NAMES = ["SIOCGSTAMP_OLD", "SIOCGSTAMP_NEW", "SIOCGSTAMPNS_OLD", "SIOCGSTAMPNS_NEW"]
STAMPS = pytest.mark.parametrize("request_", UNITS, ids=NAMES)
TOKENS = ["file:ioctl_SIOCGSTAMP", "file:ioctl_SIOCGSTAMPNS"]
SIZE = {request: 16 if "NEW" in name else ctypes.sizeof(timespec) for request, name in zip(UNITS, NAMES, strict=True)}


def unpack(request, data):
    """Return (seconds, fraction) of what *request* wrote."""
    return times.words(__kernel_timespec if SIZE[request] == 16 else timespec, data)


def stamp_of(socket, request):
    """Return the stamp in nanoseconds, as exactly as *request* gives it."""
    answer = Buffer(24)
    socket.must.ioctl(request, answer.array)
    seconds, fraction = unpack(request, answer[: SIZE[request]])
    assert answer.untouched(SIZE[request])
    return seconds * 10**9 + fraction * (10**9 // UNITS[request])


@pytest.fixture
def receiver(loopback):
    """A packet socket that receives our frames on the loopback device."""
    return loopback.packet_socket(protocol=frames.OWN)


def receive(loopback, receiver):
    """Send a frame and receive it."""
    frame = frames.ethernet()
    loopback.inject(frame)
    receiver.receive(frame.marker)


@clause(since="5.1", level="documented", refs=REFS, covers=TOKENS)
@STAMPS
def test_no_stamp_before_the_first_frame(loopback, receiver, request_):
    """Before any frame was received there is no stamp: ENOENT, whether the address could be written or not."""
    answer = Buffer(24)
    loopback.inject(frames.ethernet())
    wait.readable(receiver.fd)

    assert receiver.ioctl(request_, answer.array) == refused(ENOENT)
    assert answer.untouched()
    assert receiver.ioctl(request_, None) == refused(ENOENT)


@clause(since="5.1", level="source", refs=REFS, covers=TOKENS)
@STAMPS
def test_frame_without_stamp_gets_the_time_of_the_question(loopback, receiver, request_):
    """A frame received before the first request is stamped with the time of that request, and keeps it."""
    receive(loopback, receiver)
    start = time.time_ns()

    stamps = [stamp_of(receiver, request_) for _ in range(2)]

    assert start - 10**9 // UNITS[request_] < stamps[0] <= time.time_ns()
    assert stamps[0] == stamps[1]


@clause(since="5.1", level="documented", refs=REFS, covers=TOKENS)
@STAMPS
def test_stamp_is_the_arrival_of_the_frame_received_last(loopback, receiver, request_):
    """Once requested, the stamp is the arrival of the frame received last; one still queued does not count."""
    receiver.ioctl(request_, Buffer(24).array)  # turns stamps on

    def received():  # the kernel turns its clock on a moment later: the first frames may come unstamped
        start = time.time_ns()
        receive(loopback, receiver)
        end = time.time_ns()
        return start - 10**9 // UNITS[request_] < stamp_of(receiver, request_) <= end

    wait.until(received, "a frame that is stamped on arrival")
    before = stamp_of(receiver, request_)
    loopback.inject(frames.ethernet())
    wait.readable(receiver.fd)

    assert stamp_of(receiver, request_) == before
    receiver.take()
    assert stamp_of(receiver, request_) > before


@clause(since="5.1", level="documented", refs=REFS, covers=TOKENS)
def test_all_forms_tell_the_same_stamp(loopback, receiver):
    """Both forms of SIOCGSTAMPNS return the same nanoseconds, both of SIOCGSTAMP the same time in microseconds."""
    receive(loopback, receiver)

    stamps = {request: stamp_of(receiver, request) for request in UNITS}

    exact = stamps[SIOCGSTAMPNS_NEW]
    assert stamps[SIOCGSTAMPNS_OLD] == exact
    assert stamps[SIOCGSTAMP_OLD] == stamps[SIOCGSTAMP_NEW] == exact // 1000 * 1000


@clause(since="5.1", level="source", refs=REFS, covers=TOKENS)
@STAMPS
def test_stamp_that_cannot_be_written_is_efault(loopback, receiver, memory, request_):
    """Memory that cannot take the stamp is EFAULT; as many bytes as the form has at the end of a page suffice."""
    receive(loopback, receiver)
    place = bytes(SIZE[request_])

    assert receiver.ioctl(request_, memory.readonly(place)) == refused(EFAULT)
    assert receiver.ioctl(request_, memory.before_end(place[:-1])) == refused(EFAULT)
    assert receiver.ioctl(request_, memory.before_end(place)) == SUCCESS


@clause(since="5.1", level="source", refs=REFS, covers=TOKENS)
@STAMPS
def test_family_without_stamps_is_enotty(sockets, request_):
    """A family whose messages have no stamps, AF_UNIX, is ENOTTY; AF_INET, which has them, ENOENT."""
    answer = Buffer(24)

    assert sockets.open(AF_UNIX, SOCK_DGRAM).ioctl(request_, answer.array) == refused(ENOTTY)
    assert sockets.open(AF_INET, SOCK_DGRAM).ioctl(request_, answer.array) == refused(ENOENT)
    assert answer.untouched()
