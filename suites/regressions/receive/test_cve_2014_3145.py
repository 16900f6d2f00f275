"""CVE-2014-3145: the filter extension that looks for a nested attribute trusted lengths beyond the frame's end."""

import struct

import pytest

from fixtures.clauses import clause
from helpers import filters
from helpers.net import frames
from helpers.uapi.filter import (
    BPF_A,
    BPF_ADD,
    BPF_ALU,
    BPF_K,
    BPF_LD,
    BPF_LDX,
    BPF_RET,
    BPF_STMT,
    SKF_AD_NLATTR,
    SKF_AD_NLATTR_NEST,
)

OUTER, INNER, AT, BASE = 7, 9, 30, 20  # attribute types; where the outer one begins; bytes kept if nothing is found


def search(socket, extension, start):
    """Have *socket* keep BASE bytes and as many more as the offset at which INNER is found from *start* on."""
    filters.attach(
        socket,
        BPF_STMT(BPF_LDX, INNER),
        BPF_STMT(BPF_LD, start),
        *filters.ancillary(extension),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, BASE),
        BPF_STMT(BPF_RET | BPF_A, 0),
    )


@clause(
    since="3.15",
    level="source",
    refs=["cve:CVE-2014-3144", "cve:CVE-2014-3145", "src:net/core/filter.c:bpf_skb_get_nlattr_nest"],
)
@pytest.mark.parametrize("beyond", [0, 1, 1000])
def test_an_attribute_longer_than_the_rest_of_the_frame_is_none(tap, beyond):
    """SKF_AD_NLATTR_NEST finds nothing in an attribute whose length passes the frame's end, SKF_AD_NLATTR does not."""
    receiver = tap.packet_socket(protocol=frames.OWN)
    inner = struct.pack("=HHI", 8, INNER, 0)
    outer = struct.pack("=HH", 4 + len(inner) + beyond, OUTER) + inner
    frame = frames.ethernet().data[:AT] + outer
    kept = []

    for extension, start in ((SKF_AD_NLATTR_NEST, AT), (SKF_AD_NLATTR, AT + 4), (SKF_AD_NLATTR, len(frame) - 3)):
        search(receiver, extension, start)
        tap.arrive(frame)
        kept.append(len(receiver.take().data))

    found = min(BASE + AT + 4, len(frame))
    assert kept == [BASE if beyond else found, found, BASE]
