"""recv(2): waiting for a message, and what ends the wait."""

from errno import EINTR

from fixtures.clauses import clause
from helpers import process
from helpers.compat32 import SocketCall
from helpers.interruption import Interrupted
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.receive_queues import messages_for
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RECV = "src:net/socket.c:__sys_recvfrom"
COMPAT = "src:net/compat.c:__compat_sys_recvfrom"
ROOM = 200


def room(lowmem):
    """Return the address of 200 bytes 0xA5."""
    return lowmem.place(b"\xa5" * ROOM)


@clause(since="2.2", level="documented", refs=["man:recv(2)", RECV])
def test_waits_for_a_frame(loopback, lowmem):
    """On an empty queue the call blocks until a frame comes, and returns it."""
    frame = frames.ethernet()
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    buffer = room(lowmem)

    with process.start(lambda: (SocketCall.recv(socket.fd, buffer, ROOM), lowmem.read(buffer, 46))) as child:
        child.wait_blocked("socketcall")
        loopback.inject(frame)

        assert child.result() == (returned(46), frame.data)


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:signal(7)"], covers=["errno:EINTR"])
def test_a_signal_handler_interrupts_the_wait_with_eintr(sockets, lowmem):
    """A handler without SA_RESTART ends a blocked call with EINTR."""
    socket = sockets.packet()
    buffer = room(lowmem)

    with Interrupted(lambda: SocketCall.recv(socket.fd, buffer, ROOM), restart=False) as blocked:
        blocked.interrupt("socketcall")

        assert blocked.result() == refused(EINTR)


@clause(since="2.2", level="documented", refs=["man:signal(7)", COMPAT])
def test_the_wait_goes_on_after_a_handler_with_sa_restart(sockets, lowmem):
    """A handler with SA_RESTART runs and the call goes on waiting."""
    sender, receiver = messages_for(sockets, kind=SOCK_DGRAM)
    buffer = room(lowmem)

    with Interrupted(lambda: SocketCall.recv(receiver.fd, buffer, ROOM), restart=True) as blocked:
        blocked.interrupt("socketcall")
        blocked.child.wait_blocked("socketcall")
        sender.must.send(b"after the signal")

        assert blocked.result() == returned(16)
