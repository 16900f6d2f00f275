"""helpers.options describes options of every level as the headers have them, and its names are found again."""

import re
from collections import Counter

import pytest

from helpers import options
from helpers.options import names
from helpers.options.option import BOTH, GET, NONE, SET
from helpers.uapi import if_packet as packet
from helpers.uapi import in6, in_, netlink, socket, socket_options, tcp, udp
from suites.selfcheck.uapi import c_layout
from suites.selfcheck.uapi.test_uapi import may_lack, uapi
from suites.selfcheck.uapi.uapi_headers import INCLUDES

LEVELS = sorted({option.level_name for option in options.OPTIONS})
# Which names of a header look like options of a level, and which of them are values, flags or other names of options.
LOOKING_SO = {
    "SOL_SOCKET": (socket_options, r"SO_"),
    "SOL_PACKET": (packet, r"PACKET_"),
    "SOL_IP": (in_, r"IP_|MCAST_"),
    "SOL_IPV6": (in6, r"IPV6_"),
    "SOL_TCP": (tcp, r"TCP_"),
    "SOL_UDP": (udp, r"UDP_"),
    "SOL_NETLINK": (netlink, r"NETLINK_"),
}
NO_OPTIONS = re.compile(
    r"SO_(GET_FILTER|DETACH_BPF|TIMESTAMP(NS|ING)?|(RCV|SND)TIMEO)"
    r"|PACKET_(HOST|BROADCAST|MULTICAST|OTHERHOST|OUTGOING|LOOPBACK|USER|KERNEL|FASTROUTE|MR_\w+|FANOUT_(?!DATA)\w+)"
    r"|IP_(PMTUDISC_\w+|RECVRETOPTS|ORIGDSTADDR)|MCAST_(EX|IN)CLUDE"
    r"|IPV6_(PMTUDISC_\w+|ORIGDSTADDR|FL_\w+)"
    r"|TCP_(CM_INQ|MD5SIG_(MAXKEYLEN|FLAG_\w+)|(NO|RECV|SEND)_QUEUE|REPAIR_(ON|OFF|OFF_NO_WP)|NLA_\w+)"
    r"|UDP_ENCAP_\w+"
    r"|NETLINK_(ROUTE|UNUSED|USERSOCK|FIREWALL|\w*DIAG|NFLOG|XFRM|SELINUX|ISCSI|AUDIT|FIB_LOOKUP|CONNECTOR|NETFILTER)"
    r"|NETLINK_(IP6_FW|DNRTMSG|KOBJECT_UEVENT|GENERIC|SCSITRANSPORT|ECRYPTFS|RDMA|CRYPTO|SMC)"
)


def of(level_name):
    return [option for option in options.OPTIONS if option.level_name == level_name]


@pytest.mark.parametrize("level_name", LEVELS)
def test_level_and_numbers_are_what_the_compiler_says(level_name):
    header = "in_" if level_name == "SOL_IP" else LOOKING_SO[level_name][0].__name__.rpartition(".")[2]
    includes = [*INCLUDES[header], *(["linux/in.h"] if level_name == "SOL_IPV6" else [])]
    try:
        known = c_layout.ask(includes, {option.key: option.name for option in of(level_name)})
        level = c_layout.ask(INCLUDES["socket"], {"level": level_name})["level"]
    except c_layout.NoHeadersError as lack:
        pytest.skip(str(lack))

    expected = {key: number for key, number in known.items() if number is not None}
    lacking = [option for option in of(level_name) if known[option.key] is None]

    assert {option.key: option.number for option in of(level_name) if option.key in expected} == expected
    assert [option for option in lacking if not may_lack(header, option.name)] == []
    assert {option.level for option in of(level_name)} == {level}


@pytest.mark.parametrize("level_name", LEVELS)
def test_every_option_of_the_header_is_in_the_table(level_name):
    header, pattern = LOOKING_SO[level_name]
    look = {name for name in c_layout.constants(header) if re.match(pattern, name)}

    missing = look - {option.name for option in of(level_name)}

    assert {name for name in missing if not NO_OPTIONS.fullmatch(name)} == set()


def test_every_option_has_a_key_of_its_own():
    assert [key for key, count in Counter(map(str, options.OPTIONS)).items() if count > 1] == []


def test_names_at_two_levels_have_the_level_in_their_key():
    twice = {name for name, count in Counter(option.name for option in options.OPTIONS).items() if count > 1}

    assert {option.key for option in options.OPTIONS if option.name in twice} == {
        f"{option.level_name}/{option.name}" for option in options.OPTIONS if "/" in option.key
    }
    with pytest.raises(KeyError):
        options.option("MCAST_JOIN_GROUP")
    assert options.option("SOL_IPV6/MCAST_JOIN_GROUP").level == socket.SOL_IPV6


@pytest.mark.parametrize("option", options.OPTIONS, ids=str)
def test_evidence_names_it(option):
    assert names.option_name(option.level, option.number) == f"{option.level_name}/{option.name}"


@pytest.mark.parametrize(
    ("level", "number", "name"),
    [
        (263, 4, "SOL_PACKET/4"),
        (1, 20, "SOL_SOCKET/SO_RCVTIMEO_OLD"),
        (1, 26, "SOL_SOCKET/SO_ATTACH_FILTER"),
        (0, 8, "SOL_IP/IP_PKTINFO"),
        (6, 3, "SOL_TCP/TCP_CORK"),
        (58, 1, "SOL_ICMPV6/1"),
        (4711, 1, "4711/1"),
    ],
)
def test_what_has_no_name_stays_a_number(level, number, name):
    assert names.option_name(level, number) == name


@pytest.mark.parametrize(
    ("level", "kind", "name"),
    [
        (1, 1, "SOL_SOCKET/SCM_RIGHTS"),
        (1, 37, "SOL_SOCKET/SCM_TIMESTAMPING"),
        (1, 40, "SOL_SOCKET/SO_RXQ_OVFL"),
        (263, 8, "SOL_PACKET/PACKET_AUXDATA"),
        (0, 8, "SOL_IP/IP_PKTINFO"),
        (41, 50, "SOL_IPV6/IPV6_PKTINFO"),
        (6, 36, "SOL_TCP/TCP_CM_INQ"),
        (6, 4711, "SOL_TCP/4711"),
    ],
)
def test_control_messages_are_called_as_in_the_header_or_after_an_option(level, kind, name):
    assert names.cmsg_name(level, kind) == name


@pytest.mark.parametrize("option", [option for option in options.OPTIONS if option.due], ids=str)
def test_a_structure_that_a_due_option_takes_is_described(option):
    kind, _, name = option.value.partition(" ")
    structures = {name for module in INCLUDES for name in c_layout.structures(uapi(module))}

    assert kind != "struct" or name in structures


@pytest.mark.parametrize("option", options.OPTIONS, ids=str)
def test_aspects_fit_the_calls_that_know_it(option):
    possible = {BOTH: {"set", "get"}, GET: {"get"}, SET: {"set"}, NONE: set()}[option.access]

    assert set(option.aspects) <= possible | {"effect", "error"}
    assert option.unreachable.keys() <= set(option.aspects)
    assert not option.samples or option.access == BOTH
