"""helpers.uapi.names turns numbers into the names of the headers."""

import pytest

from helpers.uapi import names, socket


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "no error"),
        (9, "EBADF"),
        (11, "EAGAIN"),
        (35, "EDEADLK"),
        (95, "EOPNOTSUPP"),
        (524, "ENOTSUPP"),
        (4711, "errno 4711"),
    ],
)
def test_errno(number, name):
    assert names.errno_name(number) == name


@pytest.mark.parametrize(("domain", "name"), [(1, "AF_UNIX"), (16, "AF_NETLINK"), (17, "AF_PACKET"), (99, "99")])
def test_domain(domain, name):
    assert names.domain_name(domain) == name


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (3, "SOCK_RAW"),
        (2 | 0o2004000, "SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC"),
        (7, "7"),
        (3 | 0x100, "SOCK_RAW|0x100"),
    ],
)
def test_type(kind, name):
    assert names.type_name(kind) == name


@pytest.mark.parametrize(("protocol", "name"), [(3, "ETH_P_ALL"), (0x806, "ETH_P_ARP"), (0x88B6, "0x88b6")])
def test_ethertype(protocol, name):
    assert names.ethertype_name(protocol) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0, "0"),
        (0x22, "MSG_PEEK|MSG_TRUNC"),
        (0x20042, "MSG_PEEK|MSG_DONTWAIT|0x20000"),
        (-(1 << 31), "MSG_CMSG_COMPAT"),
    ],
)
def test_flags(value, name):
    assert names.flags_names(value, socket, "MSG_") == name
