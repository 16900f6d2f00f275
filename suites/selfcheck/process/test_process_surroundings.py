"""A child has the user, capabilities and namespace that were asked for, and its life ends with its parent's."""

import ctypes
import errno
import os
import re
import signal
from pathlib import Path

import pytest

from helpers import capabilities, process, syscall, wait
from helpers.libc import libc
from helpers.net import namespaces
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.prctl import PR_GET_PDEATHSIG
from helpers.uapi.socket import AF_PACKET, SOCK_RAW
from suites.selfcheck.process.conditions import nothing_left

SETS = ("CapInh", "CapPrm", "CapEff")


def status(name, pid="thread-self"):
    """Return the words of a line of /proc/PID/status."""
    return re.search(rf"^{name}:\s*(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1].split()


def capability_sets():
    return [int(status(name)[0], 16) for name in SETS]


def open_packet_socket():
    return syscall.socket(AF_PACKET, SOCK_RAW, 0)


def test_a_dropped_capability_is_gone_and_the_others_stay():
    bit = 1 << capabilities.NAMES["CAP_NET_RAW"]
    before = capability_sets()
    assert in_child(open_packet_socket).ok  # the control
    assert in_child(capabilities.effective, "CAP_NET_RAW")

    assert in_child(capability_sets, without=["CAP_NET_RAW"]) == [value & ~bit for value in before]
    assert not in_child(capabilities.effective, "CAP_NET_RAW", without=["CAP_NET_RAW"])
    assert in_child(capabilities.effective, "CAP_NET_ADMIN", without=["CAP_NET_RAW"])
    assert in_child(open_packet_socket, without=["CAP_NET_RAW"]) == refused(errno.EPERM)
    assert capability_sets() == before


def test_without_all_none_is_left():
    assert in_child(capability_sets, without=capabilities.ALL) == [0, 0, 0]


def test_capabilities_have_the_header_s_numbers():
    header = Path("/usr/include/linux/capability.h")
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    numbers = dict(re.findall(r"^#define (CAP_\w+)\s+(\d+)$", header.read_text(), re.MULTILINE))

    assert len(numbers) > 30
    assert {name: str(capabilities.NAMES.get(name)) for name in numbers} == numbers


def identity():
    return {
        "uid": os.getresuid(),
        "gid": os.getresgid(),
        "groups": os.getgroups(),
        "capabilities": capability_sets(),
        "dies with parent": parent_death_signal(),
        "owner": os.stat("/proc/self/stat").st_uid,
    }


def parent_death_signal():
    number = ctypes.c_int()
    libc.prctl(PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
    return number.value


def test_another_user_has_no_group_and_no_capability_of_the_old_one(other_uid):
    def change():
        os.setgroups([0, 1])
        return in_child(identity, uid=other_uid)

    assert in_child(change) == {
        "uid": (other_uid,) * 3,
        "gid": (other_uid,) * 3,
        "groups": [],
        "capabilities": [0, 0, 0],
        "dies with parent": signal.SIGKILL,
        "owner": other_uid,
    }


def test_a_child_is_in_the_namespace_that_it_is_given(namespace):
    here = namespaces.current()

    assert in_child(namespaces.current) == here
    assert in_child(namespaces.current, namespace=namespace) == namespace.inode != here
    assert namespaces.current() == here


@pytest.mark.parametrize(
    ("how", "error"),
    [({"without": ["CAP_NONE"]}, KeyError), ({"uid": -2}, (OSError, OverflowError, ValueError))],
    ids=["capability", "uid"],
)
def test_surroundings_that_cannot_be_had_are_the_error_of_the_call(how, error):
    with nothing_left(), pytest.raises(error):
        in_child(lambda: None, **how)


def state(pid):
    """Return the letter of a process's state, "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize("unprivileged", [False, True], ids=["same-user", "other-user"])
def test_a_grandchild_does_not_outlive_the_child(request, unprivileged):
    how = {"uid": request.getfixturevalue("other_uid")} if unprivileged else {}
    reader, writer = os.pipe()

    def family():
        grandchild = process.start(signal.pause, **how)
        grandchild.wait_started()
        os.write(writer, str(grandchild.pid).encode())
        signal.pause()

    with process.start(family) as child:
        assert wait.readable(reader)
        pid = int(os.read(reader, 16))
        assert state(pid) in "RS"  # the control
        child.signal(signal.SIGKILL)

        wait.until(lambda: state(pid) in ("", "Z", "X"), "grandchild dead")
    os.close(reader)
    os.close(writer)
