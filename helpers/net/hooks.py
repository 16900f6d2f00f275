"""The places between a link and a program where a frame can be dropped, in the order in which it passes them.

Source: ``net/core/dev.c:__netif_receive_skb_core``, ``net/core/dev.c:__dev_queue_xmit``, tc-bpf(8),
``uapi/linux/netfilter.h``, ``uapi/linux/if_link.h`` (IFLA_XDP).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOSYS, EOPNOTSUPP, EPERM

from pyroute2.netlink.exceptions import NetlinkError

from helpers import bpf
from helpers.net.egress import classify
from helpers.net.pyroute2_internals import drop_at, drop_no_more
from helpers.net.wire import End
from helpers.sockets import must
from helpers.uapi.bpf import BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP, XDP_DROP
from helpers.uapi.netfilter import (
    NF_INET_LOCAL_IN,
    NF_INET_LOCAL_OUT,
    NF_NETDEV_EGRESS,
    NF_NETDEV_INGRESS,
    NFPROTO_IPV4,
    NFPROTO_NETDEV,
)
from helpers.uapi.rtnetlink import XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE
from helpers.uapi.traffic_control import TC_ACT_SHOT, TC_H_MIN_EGRESS, TC_H_MIN_INGRESS
from helpers.unavailable import unavailable


@contextmanager
def _program(type_: int, verdict: int) -> Iterator[int]:
    """The descriptor of a program that returns *verdict*; skips where programs cannot be loaded."""
    loaded = bpf.load(type_, verdict)
    if loaded.errno in (EPERM, ENOSYS):
        unavailable("bpf(2) is refused: loading programs needs root and CONFIG_BPF_SYSCALL here")
    fd = must(loaded, "bpf")
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _xdp(end: End, flags: int) -> Iterator[None]:
    def attach(fd: int) -> None:
        xdp = {"attrs": [("IFLA_XDP_FD", fd), ("IFLA_XDP_FLAGS", flags)]}
        end.links.netlink.link("set", index=end.ifindex, IFLA_XDP=xdp)

    with _program(BPF_PROG_TYPE_XDP, XDP_DROP) as fd:
        try:
            attach(fd)
        except NetlinkError as error:
            if error.code != EOPNOTSUPP:
                raise
            unavailable("this link takes no such XDP program")
        yield
        attach(-1)


@contextmanager
def _classifier(end: End, hook: int) -> Iterator[None]:
    with _program(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_SHOT) as fd:
        classify(end, fd, hook)
        yield
        end.links.netlink.tc("del", "clsact", end.ifindex)


@contextmanager
def _nftables(end: End, family: int, hook: int) -> Iterator[None]:
    with end.namespace:
        try:
            drop_at(family, hook, end.name if family == NFPROTO_NETDEV else None)
        except OSError as error:
            unavailable(f"no nftables with this hook: {error.strerror}")
    yield
    with end.namespace:
        drop_no_more(family)


_HOOKS: dict[str, Callable[[End], object]] = {
    "xdp-native": lambda end: _xdp(end, XDP_FLAGS_DRV_MODE),
    "xdp-generic": lambda end: _xdp(end, XDP_FLAGS_SKB_MODE),
    "tc-ingress": lambda end: _classifier(end, TC_H_MIN_INGRESS),
    "nft-ingress": lambda end: _nftables(end, NFPROTO_NETDEV, NF_NETDEV_INGRESS),
    "ip-input": lambda end: _nftables(end, NFPROTO_IPV4, NF_INET_LOCAL_IN),
    "ip-output": lambda end: _nftables(end, NFPROTO_IPV4, NF_INET_LOCAL_OUT),
    "nft-egress": lambda end: _nftables(end, NFPROTO_NETDEV, NF_NETDEV_EGRESS),
    "tc-egress": lambda end: _classifier(end, TC_H_MIN_EGRESS),
}


def dropping(end: End, hook: str) -> object:
    """Return a context in which *hook*, one of those above, drops whatever passes it on *end*; skip without it."""
    return _HOOKS[hook](end)
