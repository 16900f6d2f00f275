"""What the clauses of PACKET_VNET_HDR share: how a request is tried."""

from collections.abc import Callable

from helpers.net import frames
from helpers.net.frames import Frame
from helpers.net.wire import End
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import Result, returned
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.virtio_net import virtio_net_hdr


def trying(loopback: End) -> Callable[[virtio_net_hdr, Frame], Result | bool]:
    """Return ``try_(header, frame)``: it sends; True when the frame came, else the refusal, and nothing has come."""
    sender, receiver = headed(loopback), loopback.packet_socket(protocol=ETH_P_ALL)

    def try_(header: virtio_net_hdr, frame: Frame) -> Result | bool:
        result = sender.send(bytes(header) + frame.data)
        if result.ok:
            assert result == returned(len(EMPTY) + len(frame))
        else:
            frame = frames.ethernet()
            loopback.inject(frame)
        # as it leaves and as it arrives
        assert [packet.data for packet in receiver.heard_until(frame, 2)] == [frame.data] * 2
        return result.ok or result

    return try_
