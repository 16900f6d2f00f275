"""What the clauses of PACKET_FANOUT's values share: the modes, a group, and the request to join it."""

from helpers.option_table import option
from helpers.uapi import if_packet as ip

FANOUT = option("PACKET_FANOUT")
MODES = {name: getattr(ip, f"PACKET_FANOUT_{name}") for name in ("HASH", "LB", "CPU", "ROLLOVER", "RND", "QM")}
BPF_MODES = {name: getattr(ip, f"PACKET_FANOUT_{name}") for name in ("CBPF", "EBPF")}
ID = 0x8123


def request_for(mode: int = ip.PACKET_FANOUT_HASH, group: int = ID) -> int:
    """Return PACKET_FANOUT's value for *mode* (with flags) and the group's id."""
    return group | mode << 16
