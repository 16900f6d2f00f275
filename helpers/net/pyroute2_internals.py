"""What the suite uses of pyroute2 beside its documented interface.

Its nftables have no documents yet, and their calls no hook of a link, but their messages do.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_REQUEST, NLMSG_ERROR, nlmsg, nlmsgerr
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl.tcmsg import plugins, sched_pfifo

from helpers.uapi.netfilter import (
    NF_DROP,
    NF_NETDEV_EGRESS,
    NFNL_MSG_BATCH_BEGIN,
    NFNL_MSG_BATCH_END,
    NFNL_SUBSYS_NFTABLES,
    NFPROTO_NETDEV,
)
from helpers.uapi.netlink import NETLINK_NETFILTER
from helpers.unavailable import unavailable

USED = {
    "pyroute2": (
        "pyroute2.iproute.linux:IPRoute.asyncore",
        "pyroute2.netlink.marshal:Marshal.parse_one_message(key, flags, number, data, offset, length)",
        "pyroute2.netlink:nlmsgerr.decode()",
        "pyroute2.netlink:nlmsg.encode()",
        "pyroute2.netlink.rtnl.ifinfmsg:ifinfmsg",
        "pyroute2.netlink.rtnl.tcmsg:plugins",
        "pyroute2.netlink.rtnl.tcmsg:sched_pfifo",
        "pyroute2.iproute.linux:RTNL_API.tc(command, kind, index, handle)",
        "pyroute2.netlink.nfnetlink.nftsocket:nfgen_msg",
        "pyroute2.netlink.nfnetlink.nftsocket:NFT_MSG_NEWTABLE",
        "pyroute2.netlink.nfnetlink.nftsocket:NFT_MSG_NEWCHAIN",
        "pyroute2.netlink.nfnetlink.nftsocket:nft_table_msg",
        "pyroute2.netlink.nfnetlink.nftsocket:nft_chain_msg.hook",
    ),
}

plugins.setdefault("pfifo_head_drop", sched_pfifo)  # it has pfifo's options, see net/sched/sch_fifo.c


class Route(IPRoute):
    """pyroute2's socket; takes the refusal of a kernel that returns no more than the header of what it refused."""

    def __init__(self) -> None:
        super().__init__()
        marshal = self.asyncore.marshal
        whole = marshal.parse_one_message

        def parse(key: int, flags: int, number: int, data: bytes, offset: int, length: int) -> Any:
            try:
                return whole(key, flags, number, data, offset, length)
            except struct.error:
                if key != NLMSG_ERROR:
                    raise
            message = nlmsgerr(data, offset=offset)
            message.decode()
            message["header"]["error"] = NetlinkError(-message["error"])
            return message

        marshal.parse_one_message = parse

    def tc(self, command: str, *arguments: Any, **attributes: Any) -> Any:
        """Ask for traffic control, as pyroute2 does; skip where there is none to add to."""
        try:
            return self.__getattr__("tc")(command, *arguments, **attributes)
        except NetlinkError as error:
            if error.code != errno.EOPNOTSUPP or command != "add":
                raise
            unavailable("this kernel has no queueing disciplines")


def drop_what_leaves(name: str) -> None:
    """Have an nftables chain drop what leaves the link *name* of the calling thread's namespace.

    OSError where there is no netfilter, or none that has a hook for what leaves a link.
    """
    from pyroute2.netlink.nfnetlink.nftsocket import (
        NFT_MSG_NEWCHAIN,
        NFT_MSG_NEWTABLE,
        nfgen_msg,
        nft_chain_msg,
        nft_table_msg,
    )

    hook = [("NFTA_HOOK_HOOKNUM", NF_NETDEV_EGRESS), ("NFTA_HOOK_PRIORITY", 0), ("NFTA_HOOK_DEV", name)]
    table = [("NFTA_TABLE_NAME", "sockproof")]
    chain = [
        ("NFTA_CHAIN_TABLE", "sockproof"),
        ("NFTA_CHAIN_NAME", "out"),
        ("NFTA_CHAIN_HOOK", {"attrs": hook}),
        ("NFTA_CHAIN_POLICY", NF_DROP),
        ("NFTA_CHAIN_TYPE", "filter"),
    ]
    parts = [
        _nftables(nfgen_msg, NFNL_MSG_BATCH_BEGIN),
        _nftables(nft_table_msg, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, table),
        _nftables(nft_chain_msg, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, chain),
        _nftables(nfgen_msg, NFNL_MSG_BATCH_END),
    ]
    # A socket of our own: a kernel without nftables answers to the batch's beginning, for which pyroute2 does not wait.
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER) as control:
        control.sendall(b"".join(parts))
        for _ in (table, chain):
            answer = nlmsgerr(control.recv(4096))
            answer.decode()
            if answer["error"]:
                raise OSError(-answer["error"], os.strerror(-answer["error"]))


def _nftables(made: type[nlmsg], kind: int, attributes: Iterable[tuple[str, Any]] = ()) -> bytes:
    """Return a message of nftables for NFPROTO_NETDEV, or without attributes one that begins or ends a batch."""
    message = made()
    message["header"]["type"] = kind
    message["header"]["flags"] = NLM_F_REQUEST
    if attributes:
        message["nfgen_family"] = NFPROTO_NETDEV
        message["header"]["flags"] |= NLM_F_ACK | NLM_F_CREATE
        message["attrs"] = list(attributes)
    else:
        message["res_id"] = NFNL_SUBSYS_NFTABLES
    message.encode()
    return bytes(message.data)
