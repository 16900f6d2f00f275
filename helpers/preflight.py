"""What the suite needs of a machine, as data, and which of it is missing here.

Level "refuse": without it verdicts would be wrong, so nothing is run. Level "skip": some clauses cannot be shown; the
tests concerned find out by themselves and are skipped with the reason. Probes run inside the private namespaces of the
run and leave nothing behind.
"""

import errno
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial

from helpers import capabilities, compat32, isolation, signals, user_namespace
from helpers.net.links import Links
from helpers.net.namespaces import Namespace
from helpers.net.sysctl import limit
from helpers.unavailable import UnavailableError

REFUSE, SKIP = "refuse", "skip"
NAMESPACES = 6  # network namespaces that one test may have at a time, with that of its process
OTHER_ID = 65534  # the uid and gid of the other user that some tests become


@dataclass(frozen=True)
class Need:
    """Something the suite needs. *probe* returns what was found instead, "" if the need is met."""

    name: str
    level: str
    probe: Callable[[], str]
    without: str
    advice: str


@dataclass(frozen=True)
class Lack:
    """A need that is not met here: *found* says what was seen, *without* what cannot be shown then."""

    name: str
    level: str
    found: str
    without: str
    advice: str

    def line(self) -> str:
        """Return it all in one line."""
        return f"{self.name}: {self.found}; {self.without}; {self.advice}"


def _proc() -> str:
    if not os.path.exists("/proc/self/ns/net"):
        return "there is no /proc of this process's PID namespace, and none may be mounted"
    return "" if isolation.proc_is_ours() else "/proc is that of another PID namespace, and ours may not be mounted"


def _temporary() -> str:
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return str(error.strerror or error)
    try:
        folder.encode("ascii" if sys.getfilesystemencoding() != "utf-8" else "utf-8")
    except UnicodeError:
        return f"its name {folder!a} cannot be written in the locale's encoding"
    return ""


def _network_namespaces() -> str:
    made: list[Namespace] = []
    try:
        made.extend(Namespace.create() for _ in range(NAMESPACES))
    except UnavailableError as lack:
        return str(lack)
    except OSError as error:
        return os.strerror(error.errno)
    finally:
        for namespace in made:
            namespace.close()
    return ""


def _packet_sockets() -> str:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC).close()
    except OSError as error:
        # a kernel without them is a fact about the kernel, and clauses judge it
        return os.strerror(error.errno) if error.errno in (errno.EPERM, errno.EACCES) else ""
    return ""


def _quiet_links() -> str:
    """Probe whether links can be kept from sending IPv6 messages of their own."""
    try:
        namespace = Namespace.create()
    except (OSError, UnavailableError):
        return ""  # another need's matter
    try:
        if namespace.speaking:
            links = Links(namespace)
            try:
                links.quiet("lo")
            except OSError as error:
                return f"/proc/sys is read-only, and so is the way by netlink ({os.strerror(error.errno)})"
            finally:
                links.close()
    finally:
        namespace.close()
    return ""


def _initial_user_namespace() -> str:
    return "" if user_namespace.initial() else "the run is in another user namespace"


def _other_user() -> str:
    if not user_namespace.has_id("uid", OTHER_ID) or not user_namespace.has_id("gid", OTHER_ID + 1):
        return f"the user namespace has no uid {OTHER_ID} or no gid {OTHER_ID + 1}"
    return ""


def _capability(name: str) -> str:
    return "" if capabilities.effective(name) else f"{name} is missing"


def _mount() -> str:
    try:
        isolation.keep_mounts()
    except OSError as error:
        if isolation.in_chroot():
            return f"this is a chroot, whose mounts cannot be kept from spreading ({error.strerror})"
        return f"mount(2) is refused ({error.strerror})"
    return ""


def _sysctl() -> str:
    return "" if isolation.sysctl_is_writable() else "it is read-only, and may not be mounted anew"


def _limit(number: int, wanted: int) -> str:
    room = signals.room(number)
    return "" if room >= wanted else f"the hard limit is {room}, {wanted} are wanted"


def _kernel_log() -> str:
    try:
        os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return f"/dev/kmsg: {os.strerror(error.errno)}"
    return ""


def _tun() -> str:
    if os.path.exists("/dev/net/tun"):
        try:
            os.close(os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            return f"/dev/net/tun: {os.strerror(error.errno)}"
        return ""
    return "" if capabilities.effective("CAP_MKNOD") and user_namespace.initial() else "there is no /dev/net/tun"


def _processors() -> str:
    return "" if len(os.sched_getaffinity(0)) > 1 else "there is one"


def _compat() -> str:
    return "" if compat32.available() else compat32.why_not()


def _buffers(wanted: dict[str, int]) -> str:
    """Probe whether net.core's limits leave the room that traffic of tests takes."""
    found = []
    for name, least in wanted.items():
        value = limit(name)
        if value and value < least:  # 0 is what a kernel says that has the file, but no such limit (gVisor)
            found.append(f"net.core.{name} is {value}, {least} are wanted")
    return ", ".join(found)


DEFAULTS = {"rmem_default": 32768, "wmem_default": 32768, "optmem_max": 4096}
"""Bytes of net.core.* below which what a test sends may be dropped for want of room; every kernel's own are larger."""

MOST = {"rmem_max": 65536, "wmem_max": 65536}
"""Bytes that some clauses set buffers to, at the most."""

_CAPABILITIES = {
    "CAP_CHOWN": "owners of sockets",
    "CAP_DAC_OVERRIDE": "files whose mode forbids access",
    "CAP_FOWNER": "attributes of others' files",
    "CAP_SETUID": "what another user may do",
    "CAP_SETGID": "groups of peers, what another user may do",
    "CAP_SETPCAP": "what remains without capabilities",
    "CAP_KILL": "signals to others",
    "CAP_NET_BIND_SERVICE": "ports below 1024",
    "CAP_IPC_LOCK": "locked memory",
    "CAP_MKNOD": "device files",
    "CAP_SYS_CHROOT": "other roots",
}
_PRIVILEGED = "run it as root, in a container as 'sockproof doctor' prints"

NEEDS = (
    Need("/proc", REFUSE, _proc, "no verdict is true", "mount the proc of this PID namespace (unshare --mount-proc)"),
    Need("temporary folder", REFUSE, _temporary, "no test can have files", "set TMPDIR, or PYTHONUTF8=1"),
    Need(
        "network namespaces",
        REFUSE,
        _network_namespaces,
        f"each test needs up to {NAMESPACES} of its own",
        "raise user.max_net_namespaces",
    ),
    Need("packet sockets", REFUSE, _packet_sockets, "half of the clauses are about them", _PRIVILEGED),
    Need(
        "default buffers",
        REFUSE,
        partial(_buffers, DEFAULTS),
        "sockets would drop what tests send",
        "raise them by sysctl (the kernel's own: 212992)",
    ),
    Need("quiet links", REFUSE, _quiet_links, "IPv6 messages would pass for frames of tests", _PRIVILEGED),
    Need(
        "initial user namespace",
        SKIP,
        _initial_user_namespace,
        "no forced buffer sizes, busy polling, BPF programs on links, security attributes",
        "run it as root outside of user namespaces (in a container: rootful, without a user namespace)",
    ),
    Need("a second user", SKIP, _other_user, "nothing that takes another uid or gid", "run it as root"),
    *(
        Need(name, SKIP, partial(_capability, name), f"nothing about {what}", f"add {name}")
        for name, what in _CAPABILITIES.items()
    ),
    Need(
        "mount(2)",
        SKIP,
        _mount,
        "no file systems of a test's own",
        "allow mount(2) in the seccomp profile; in a chroot, add CAP_SYS_CHROOT or bind its folder onto itself first",
    ),
    Need("/proc/sys", SKIP, _sysctl, "no port ranges, backlogs or groups set by sysctl", "mount it writable"),
    Need(
        "open files",
        SKIP,
        partial(_limit, resource.RLIMIT_NOFILE, signals.DESCRIPTORS),
        "no full tables of descriptors",
        f"ulimit -Hn {signals.DESCRIPTORS}",
    ),
    Need(
        "queued signals",
        SKIP,
        partial(_limit, resource.RLIMIT_SIGPENDING, signals.QUEUED),
        "no signals with data (F_SETSIG)",
        f"ulimit -Hi {signals.QUEUED}",
    ),
    Need("buffers", SKIP, partial(_buffers, MOST), "nothing that takes larger buffers", "raise them by sysctl"),
    Need("kernel log", SKIP, _kernel_log, "kernel warnings are not seen (its taint is)", "allow /dev/kmsg"),
    Need("/dev/net/tun", SKIP, _tun, "no tap and tun links", "add the device (--device /dev/net/tun)"),
    Need("processors", SKIP, _processors, "nothing that takes two at a time", "allow a second processor"),
    Need("32-bit entry", SKIP, _compat, "no 32-bit system calls", "a kernel with CONFIG_IA32_EMULATION"),
)


def check(needs: tuple[Need, ...] = NEEDS) -> list[Lack]:
    """Return the needs that are not met here; after a refusing one the others are not asked: they would be untrue."""
    lacks = []
    for need in needs:
        found = need.probe()
        if found:
            lacks.append(Lack(need.name, need.level, found, need.without, need.advice))
            if need.level == REFUSE:
                break
    return lacks


@cache
def here() -> tuple[Lack, ...]:
    """Return the lacks of this process's surroundings, probed once."""
    return tuple(check())


def record() -> list[dict[str, str]]:
    """Return the lacks as the run's record has them."""
    return [asdict(lack) for lack in here()]


def refusal() -> str:
    """Return why nothing can be proven here, in one line; "" if it can."""
    return next((f"sockproof cannot run here: {lack.line()}" for lack in here() if lack.level == REFUSE), "")
