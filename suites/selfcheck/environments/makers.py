"""Environments, made for real around a command: what containers, user namespaces and odd machines have in common.

Each maker alters the process that calls it, and its children; nothing else on the machine. As a command:
``python -m suites.selfcheck.environments.makers NAME… -- COMMAND ARGUMENT…`` (without arguments: the names).

Source: the defaults of ``docker run`` (capabilities, read-only /proc/sys, seccomp profile), namespaces(7), prlimit(2).
"""

import contextlib
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable

from helpers import capabilities, lies
from helpers.libc import check, libc
from helpers.net.namespaces import unshare
from helpers.uapi.filter import BPF_JEQ
from helpers.uapi.mount import MS_BIND, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT, MS_SHARED
from helpers.uapi.prctl import PR_CAPBSET_DROP
from helpers.uapi.sched import CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER
from helpers.uapi.seccomp import seccomp_data
from helpers.uapi.socket import AF_VSOCK

IDS = 65536  # of a rootless container

DOCKER = """
    CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE
    SETFCAP
"""
# what docker's seccomp profile refuses although the process has CAP_SYS_ADMIN, on x86-64
REFUSED = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "add_key": 248, "request_key": 249}
REFUSED |= {"keyctl": 250, "userfaultfd": 323, "kexec_load": 246}


def mount(source: str, place: str, kind: str | None, flags: int) -> None:
    """mount(2) without data."""
    words = (source.encode(), place.encode(), kind.encode() if kind else None)
    check(libc.mount(*words, flags, None), f"mount on {place}")


def private_mounts() -> None:
    """Enter a mount namespace whose mounts stay in it."""
    unshare(CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)


def readonly_sysctl() -> None:
    """Make /proc/sys read-only, as in a container that is not privileged."""
    private_mounts()
    mount("/proc/sys", "/proc/sys", None, MS_BIND)
    mount("none", "/proc/sys", None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def readonly(path: str) -> None:
    """Make the folder *path* read-only."""
    private_mounts()
    mount(path, path, None, MS_BIND)
    mount("none", path, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def readonly_checkout() -> None:
    """Make the folder with the suite, which is the current one, read-only."""
    readonly(os.getcwd())
    os.chdir(os.getcwd())  # through the new mount


def _user_namespace(first: int, count: int) -> None:
    """Become root of a user namespace with *count* ids, which are *first* and the following ones outside."""
    reader, writer = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.read(reader, 1)
        for kind in ("uid", "gid"):
            with open(f"/proc/{parent}/{kind}_map", "w") as file:
                file.write(f"0 {first} {count}")
        os._exit(0)
    unshare(CLONE_NEWUSER)
    os.write(writer, b"!")
    os.close(reader)
    os.close(writer)
    if os.waitpid(pid, 0)[1]:
        raise OSError(errno.EPERM, "cannot map the ids of a user namespace")
    if count == 1:
        return
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def user_namespace() -> None:
    """Be root of a user namespace that has one id: ``unshare -Ur``."""
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    for file, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{file}", "w") as opened:
            opened.write(text)


def rootless() -> None:
    """Be root of a user namespace with as many ids as a rootless container has; outside, root and those above it."""
    _user_namespace(0, IDS)


def bounded(names: str) -> None:
    """Keep no capability but those *names* (without CAP_), for this process and whatever it executes."""
    kept = {f"CAP_{name}" for name in names.split()}
    for name, number in capabilities.NAMES.items():
        if name not in kept:
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    capabilities.drop(set(capabilities.ALL) - kept)


def three_capabilities() -> None:
    """Keep the three capabilities without which there is no private namespace with links."""
    bounded("NET_RAW NET_ADMIN SYS_ADMIN")


def docker() -> None:
    """``docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined``."""
    readonly_sysctl()
    number = seccomp_data.nr.offset
    arch = lies._arch()
    for value in REFUSED.values():
        lies.add_filter([arch, lies.Condition(number, BPF_JEQ, value)], errno.EPERM)
    socket = [lies.Condition(number, BPF_JEQ, 41), lies.Condition(seccomp_data.args.offset, BPF_JEQ, AF_VSOCK)]
    lies.add_filter([arch, *socket], errno.EPERM)
    bounded(f"{DOCKER} SYS_ADMIN")


def docker_netadmin() -> None:
    """As ``docker``, with --cap-add NET_ADMIN too."""
    readonly_sysctl()
    bounded(f"{DOCKER} SYS_ADMIN NET_ADMIN")


def signals_blocked() -> None:
    """Block every signal that can be blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def children_ignored() -> None:
    """Ignore SIGCHLD: children are reaped by the kernel."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def no_queued_signals() -> None:
    """Let no signal be queued, and let the limit be raised by nobody."""
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0))
    bounded(" ".join(name.removeprefix("CAP_") for name in capabilities.ALL if name != "CAP_SYS_RESOURCE"))


def descriptors(soft: int, hard: int) -> None:
    """Limit the open files; a limit that the suite can raise by nobody."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    bounded(" ".join(name.removeprefix("CAP_") for name in capabilities.ALL if name != "CAP_SYS_RESOURCE"))


def foreign_proc() -> None:
    """Be in a PID namespace whose /proc is that of another: ``unshare -pf``."""
    unshare(CLONE_NEWPID)
    pid = os.fork()
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def no_proc() -> None:
    """Have no /proc."""
    private_mounts()
    mount("tmpfs", "/proc", "tmpfs", 0)


def few_namespaces() -> None:
    """Allow three network namespaces, in a user namespace."""
    user_namespace()
    with open("/proc/sys/user/max_net_namespaces", "w") as file:
        file.write("3")


def no_mount() -> None:
    """Refuse mount(2)."""
    number = lies.Condition(seccomp_data.nr.offset, BPF_JEQ, 165)
    lies.add_filter([lies._arch(), number], errno.EPERM)


def chroot() -> None:
    """Be in a chroot with all that there is: a folder that is no mount point, in a mount that is shared."""
    private_mounts()
    here = os.getcwd()
    mount("tmpfs", "/mnt", "tmpfs", 0)
    mount("none", "/mnt", None, MS_SHARED)
    os.mkdir("/mnt/root")
    for entry in os.scandir("/"):
        place = f"/mnt/root/{entry.name}"
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), place)
        elif entry.is_dir() and entry.name != "mnt":
            os.mkdir(place)
            mount(entry.path, place, None, MS_BIND | MS_REC)
    os.chroot("/mnt/root")
    os.chdir(here)


def chroot_without_capabilities() -> None:
    """Be in a chroot, where no user namespace is made, without a capability."""
    chroot()
    bounded("")


def chroot_locked() -> None:
    """Be root in a chroot, without the right to leave it."""
    chroot()
    bounded(" ".join(name.removeprefix("CAP_") for name in capabilities.ALL if name != "CAP_SYS_CHROOT"))


def readonly_in_user_namespace() -> None:
    """Be root of a user namespace, with /proc/sys read-only and its mount locked: a rootless container."""
    readonly_sysctl()
    rootless()


def no_output() -> None:
    """Have no standard output."""
    os.close(1)


MAKERS: dict[str, Callable[[], None]] = {
    "plain": lambda: None,
    "readonly-sysctl": readonly_sysctl,
    "user-namespace": user_namespace,
    "rootless": rootless,
    "rootless-readonly": readonly_in_user_namespace,
    "capabilities": three_capabilities,
    "docker": docker,
    "docker-netadmin": docker_netadmin,
    "signals-blocked": signals_blocked,
    "children-ignored": children_ignored,
    "no-queued-signals": no_queued_signals,
    "files-soft-256": lambda: descriptors(256, 4096),
    "files-256": lambda: descriptors(256, 256),
    "files-64": lambda: descriptors(64, 64),
    "foreign-proc": foreign_proc,
    "no-proc": no_proc,
    "few-namespaces": few_namespaces,
    "no-mount": no_mount,
    "chroot": chroot,
    "chroot-capabilities": chroot_without_capabilities,
    "chroot-locked": chroot_locked,
    "readonly-checkout": readonly_checkout,
    "no-output": no_output,
}


def main(words: list[str]) -> None:
    """Make the environments that are named before "--" and become the command after it."""
    if "--" not in words:
        print("\n".join(MAKERS))
        return
    split = words.index("--")
    for name in words[:split]:
        MAKERS[name]()
    with contextlib.suppress(AttributeError):
        sys.stdout.flush()
    os.execvp(words[split + 1], words[split + 1 :])


if __name__ == "__main__":
    main(sys.argv[1:])
