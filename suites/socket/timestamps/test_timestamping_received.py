"""recvmsg(2): the three time stamps of SO_TIMESTAMPING."""

import pytest

from fixtures.clauses import clause
from helpers import times
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.uapi.errqueue import scm_timestamping
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_OUTGOING
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_PKTINFO,
    SOF_TIMESTAMPING_OPT_RX_FILTER,
    SOF_TIMESTAMPING_RAW_HARDWARE,
    SOF_TIMESTAMPING_RX_HARDWARE,
    SOF_TIMESTAMPING_RX_SOFTWARE,
    SOF_TIMESTAMPING_SOFTWARE,
)
from helpers.uapi.socket import SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
    SO_TIMESTAMPNS_NEW,
    SO_TIMESTAMPNS_OLD,
)
from suites.socket.timestamps.support import received_with

SYSCALL = "recvmsg"
STAMP = "src:net/socket.c:__sock_recv_timestamp"
SOFTWARE = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE
HARDWARE = SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_OPT_PKTINFO


@clause(
    since="5.1",
    level="documented",
    refs=["doc:networking/timestamping.rst", STAMP, "src:net/core/scm.c:put_cmsg_scm_timestamping"],
    covers=["option:SO_TIMESTAMPING_OLD:effect", "option:SO_TIMESTAMPING_NEW:effect"],
)
@pytest.mark.parametrize(
    ("option", "flags"),
    [(SO_TIMESTAMPING_OLD, SOFTWARE), (SO_TIMESTAMPING_NEW, SOFTWARE), (SO_TIMESTAMPING_OLD, SOFTWARE | HARDWARE)],
    ids=["old", "new", "hardware-too"],
)
def test_so_timestamping_gives_three_time_stamps_of_which_the_first_is_softwares(sockets, option, flags):
    """SCM_TIMESTAMPING has three timespecs: the software's time, and zeros where no hardware stamps."""
    found, before, after = received_with(sockets, [(SO_TIMESTAMPNS_OLD, 1), (option, flags)])

    plain = SO_TIMESTAMPNS_NEW if option == SO_TIMESTAMPING_NEW else SO_TIMESTAMPNS_OLD
    assert [(kind, len(data)) for _, kind, data in found] == [(plain, 16), (option, 48)]
    (seconds, nanoseconds), *hardware = times.stamps(scm_timestamping, found[1][2])
    assert before <= seconds * 1_000_000_000 + nanoseconds <= after
    assert found[1][2][:16] == found[0][2]
    assert hardware == [(0, 0)] * 2


@clause(since="6.12", level="documented", refs=["doc:networking/timestamping.rst", STAMP])
@pytest.mark.parametrize(
    ("flags", "comes"),
    [
        (SOFTWARE | SOF_TIMESTAMPING_OPT_RX_FILTER, True),
        (SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_RX_FILTER, False),
    ],
    ids=["both", "report-only"],
)
def test_the_filter_reports_only_software_time_stamps_that_were_asked_for(sockets, flags, comes):
    """With OPT_RX_FILTER SOFTWARE reports the stamp of a received frame only if RX_SOFTWARE asked for it."""
    found, _, _ = received_with(sockets, [(SO_TIMESTAMPNS_OLD, 1), (SO_TIMESTAMPING_OLD, flags)])

    assert [kind for _, kind, _ in found] == [SO_TIMESTAMPNS_OLD] + [SO_TIMESTAMPING_OLD] * comes


@clause(since="2.6.30", level="documented", refs=["doc:networking/timestamping.rst", STAMP])
@pytest.mark.parametrize(
    ("flags", "comes"),
    [(SOF_TIMESTAMPING_SOFTWARE, True), (SOF_TIMESTAMPING_RX_SOFTWARE, False)],
    ids=["report-only", "generate-only"],
)
def test_software_time_stamps_are_reported_as_the_flags_say(sockets, flags, comes):
    """SOFTWARE reports a stamp that was made for whatever reason; RX_SOFTWARE alone does not."""
    found, _, _ = received_with(sockets, [(SO_TIMESTAMPNS_OLD, 1), (SO_TIMESTAMPING_OLD, flags)])

    assert [kind for _, kind, _ in found] == [SO_TIMESTAMPNS_OLD] + [SO_TIMESTAMPING_OLD] * comes


@clause(since="4.13", level="documented", refs=["doc:networking/timestamping.rst", "src:net/socket.c:put_ts_pktinfo"])
def test_a_frame_that_no_hardware_stamped_comes_without_its_link(loopback):
    """OPT_PKTINFO, which adds the link of a hardware time stamp, adds nothing where there is none."""
    socket = loopback.packet_socket(SOCK_RAW, OWN)
    for option, value in ((SO_TIMESTAMPNS_OLD, 1), (SO_TIMESTAMPING_OLD, SOFTWARE | HARDWARE)):
        socket.must.setsockopt(SOL_SOCKET, option, value)
    frame = frames.ethernet()

    loopback.inject(frame)
    controls = socket.receive(frame.marker).controls

    assert list(controls) == [(SOL_SOCKET, SO_TIMESTAMPNS_OLD), (SOL_SOCKET, SO_TIMESTAMPING_OLD)]
    assert times.stamps(scm_timestamping, controls[SOL_SOCKET, SO_TIMESTAMPING_OLD])[1:] == [(0, 0)] * 2


@clause(since="6.12", level="source", refs=["doc:networking/timestamping.rst", "src:net/socket.c:skb_is_err_queue"])
@pytest.mark.parametrize(("more", "comes"), [(0, False), (SOF_TIMESTAMPING_RX_SOFTWARE, True)], ids=["without", "with"])
def test_a_frame_heard_on_its_way_out_is_no_transmit_report(loopback, more, comes):
    """OPT_RX_FILTER holds for PACKET_OUTGOING frames too: they come with a stamp only if RX_SOFTWARE asked for it."""
    socket = loopback.packet_socket(SOCK_RAW, ETH_P_ALL)
    flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_RX_FILTER | more
    for option, value in ((SO_TIMESTAMPNS_OLD, 1), (SO_TIMESTAMPING_OLD, flags)):
        socket.must.setsockopt(SOL_SOCKET, option, value)
    frame = frames.ethernet()

    loopback.inject(frame)
    outgoing = socket.receive(frame.marker)

    assert outgoing.address.sll_pkttype == PACKET_OUTGOING
    assert list(outgoing.controls) == [(SOL_SOCKET, SO_TIMESTAMPNS_OLD)] + [(SOL_SOCKET, SO_TIMESTAMPING_OLD)] * comes
