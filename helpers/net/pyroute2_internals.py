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
    NFNL_MSG_BATCH_BEGIN,
    NFNL_MSG_BATCH_END,
    NFNL_SUBSYS_NFTABLES,
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
        "pyroute2.netlink.nfnetlink.nftsocket:NFT_MSG_DELTABLE",
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


_TABLE = [("NFTA_TABLE_NAME", "sockproof")]


def drop_at(family: int, hook: int, device: str | None = None) -> None:
    """Have an nftables chain drop what passes the *hook* of *family* in the calling thread's namespace.

    *device*: the link whose hook it is, of NFPROTO_NETDEV. OSError where there is no netfilter, or no such hook.
    """
    from pyroute2.netlink.nfnetlink.nftsocket import NFT_MSG_NEWCHAIN, NFT_MSG_NEWTABLE, nft_chain_msg, nft_table_msg

    place = [("NFTA_HOOK_HOOKNUM", hook), ("NFTA_HOOK_PRIORITY", 0), *([("NFTA_HOOK_DEV", device)] if device else [])]
    chain = [
        ("NFTA_CHAIN_TABLE", "sockproof"),
        ("NFTA_CHAIN_NAME", "drop"),
        ("NFTA_CHAIN_HOOK", {"attrs": place}),
        ("NFTA_CHAIN_POLICY", NF_DROP),
        ("NFTA_CHAIN_TYPE", "filter"),
    ]
    _ask_nftables((nft_table_msg, NFT_MSG_NEWTABLE, family, _TABLE), (nft_chain_msg, NFT_MSG_NEWCHAIN, family, chain))


def drop_no_more(family: int) -> None:
    """Remove what ``drop_at`` made for *family* in the calling thread's namespace."""
    from pyroute2.netlink.nfnetlink.nftsocket import NFT_MSG_DELTABLE, nft_table_msg

    _ask_nftables((nft_table_msg, NFT_MSG_DELTABLE, family, _TABLE))


def _ask_nftables(*messages: tuple[type[nlmsg], int, int, Iterable[tuple[str, Any]]]) -> None:
    """Send a batch of *messages* (class, type, family, attributes) to nftables; OSError for the first refusal."""
    from pyroute2.netlink.nfnetlink.nftsocket import nfgen_msg

    parts = [
        _nftables(nfgen_msg, NFNL_MSG_BATCH_BEGIN),
        *(
            _nftables(made, NFNL_SUBSYS_NFTABLES << 8 | number, family, attributes)
            for made, number, family, attributes in messages
        ),
        _nftables(nfgen_msg, NFNL_MSG_BATCH_END),
    ]
    # A socket of our own: a kernel without nftables answers to the batch's beginning, for which pyroute2 does not wait.
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER) as control:
        control.sendall(b"".join(parts))
        for _ in messages:
            answer = nlmsgerr(control.recv(4096))
            answer.decode()
            if answer["error"]:
                raise OSError(-answer["error"], os.strerror(-answer["error"]))


def _nftables(made: type[nlmsg], kind: int, family: int = 0, attributes: Iterable[tuple[str, Any]] = ()) -> bytes:
    """Return a message of nftables for *family*, or without attributes one that begins or ends a batch."""
    message = made()
    message["header"]["type"] = kind
    message["header"]["flags"] = NLM_F_REQUEST
    if attributes:
        message["nfgen_family"] = family
        message["header"]["flags"] |= NLM_F_ACK | NLM_F_CREATE
        message["attrs"] = list(attributes)
    else:
        message["res_id"] = NFNL_SUBSYS_NFTABLES
    message.encode()
    return bytes(message.data)
