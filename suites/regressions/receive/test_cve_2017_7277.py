"""CVE-2017-7277: a frame was returned as if it were TCP statistics, with the kernel's memory behind it."""

from fixtures.clauses import clause
from helpers import messages, wait
from helpers.net import frames
from helpers.uapi import net_tstamp as ts
from helpers.uapi.socket import MSG_ERRQUEUE, SOL_SOCKET
from helpers.uapi.socket_options import SCM_TIMESTAMPING_OPT_STATS, SO_TIMESTAMPING_OLD

FLAGS = (
    ts.SOF_TIMESTAMPING_SOFTWARE
    | ts.SOF_TIMESTAMPING_RX_SOFTWARE
    | ts.SOF_TIMESTAMPING_TX_SOFTWARE
    | ts.SOF_TIMESTAMPING_OPT_TSONLY
    | ts.SOF_TIMESTAMPING_OPT_STATS
)


@clause(since="4.11", level="source", refs=["cve:CVE-2017-7277", "src:net/socket.c:__sock_recv_timestamp"])
def test_only_tcp_has_statistics_beside_a_time_stamp(wire):
    """With SOF_TIMESTAMPING_OPT_STATS a packet socket gets time stamps of what it sends and receives, and no more."""
    socket = wire.left.packet_socket()
    socket.must.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_OLD, FLAGS)

    def received():
        frame = frames.ethernet()
        wire.right.inject(frame)
        return socket.receive(frame.marker).controls

    controls = wait.until(received, "frames are stamped")  # that is switched on a moment after it was asked for
    socket.must.send(frames.ethernet().data)
    wait.poll(socket.fd, 0)
    sent = messages.receive(socket.fd, flags=MSG_ERRQUEUE)

    assert (SOL_SOCKET, SO_TIMESTAMPING_OLD) in controls
    assert (SOL_SOCKET, SO_TIMESTAMPING_OLD) in {(level, kind) for level, kind, _ in sent.controls}
    kinds = {kind for _, kind in controls} | {kind for _, kind, _ in sent.controls}
    assert SCM_TIMESTAMPING_OPT_STATS not in kinds
