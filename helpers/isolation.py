"""Private namespaces for this process: network, mount and UTS, and a user namespace where it takes one to make them.

In them /proc is that of this process and /proc/sys can be written, wherever the machine allows that; what it refuses
is told by helpers/preflight.py. Source: namespaces(7), user_namespaces(7), mount_namespaces(7), mount(2).
"""

import contextlib
import errno
import os
from typing import Any

from helpers import capabilities, process, user_namespace
from helpers.libc import check, libc
from helpers.net.namespaces import unshare
from helpers.net.sysctl import note_limits
from helpers.uapi.mount import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, MS_REMOUNT
from helpers.uapi.sched import CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWUTS

_PRIVATE = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS
_ADVICE = (
    "run it as root, or allow user namespaces (sysctl user.max_user_namespaces > 0; on Debian "
    "kernel.unprivileged_userns_clone=1; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0; in a container, "
    "CAP_SYS_ADMIN: 'sockproof doctor' prints the whole command)"
)


class CannotRunError(Exception):
    """The suite cannot give true verdicts here; the message says why and what to do, in one line."""


def _mount(source: str, place: str, kind: str | None, flags: int) -> None:
    words = (source.encode(), place.encode(), kind.encode() if kind else None)
    check(libc.mount(*words, flags, None), f"mount on {place}")


def proc_is_ours() -> bool:
    """Return whether /proc shows this process's PID namespace, and not another's or nothing."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def in_chroot() -> bool:
    """Return whether this process's root is no mount point, as in a chroot; False where that cannot be known."""
    try:
        with open("/proc/self/mountinfo") as mounts:
            return all(line.split()[4] != "/" for line in mounts)
    except OSError:
        return False


def sysctl_is_writable() -> bool:
    """Return whether /proc/sys is mounted to be written to; False without it."""
    try:
        return not os.statvfs("/proc/sys").f_flag & os.ST_RDONLY
    except OSError:
        return False


def _keep_from_above() -> None:
    """Be the child that leaves a chroot, to make all mounts of its mount namespace private at the root of that."""
    inside = os.open("/", os.O_PATH | os.O_DIRECTORY)
    os.chroot("/proc")  # any folder: what is outside of the root has no root to stop at on the way up
    os.fchdir(inside)
    os.chdir("../" * 1000)
    _mount("none", ".", None, MS_REC | MS_PRIVATE)


def keep_mounts() -> None:
    """Let what this process mounts stay in its mount namespace; OSError as mount(2) or chroot(2)."""
    try:
        _mount("none", "/", None, MS_REC | MS_PRIVATE)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        process.in_child(_keep_from_above)  # "/" is no mount point: a chroot


def _mend_mounts() -> None:
    """In a new mount namespace: nothing spreads, /proc is ours, /proc/sys can be written to; each where allowed."""
    with contextlib.suppress(OSError):  # what a test mounts must not spread; it may lack the right to mount at all
        keep_mounts()
    if not proc_is_ours():
        with contextlib.suppress(OSError):
            _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for place in ("/proc/sys", "/proc"):
        if not sysctl_is_writable():
            with contextlib.suppress(OSError):
                _mount("none", place, None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC)


def _require_proc() -> None:
    """Refuse to go on without the /proc of this process: namespaces, ids and descriptors are read there."""
    if not proc_is_ours():
        raise CannotRunError(
            "sockproof cannot run here: /proc is missing or that of another PID namespace, and ours may not be "
            "mounted: mount the proc of this PID namespace (unshare --mount-proc)"
        )


def _enter_user_namespace() -> None:
    """Enter a user namespace in which this process is root: with all ids of the one left if it may, else with one."""
    _require_proc()
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0 and all(map(capabilities.effective, ("CAP_SETUID", "CAP_SETGID"))):
            user_namespace.enter_with_all_ids(lambda: unshare(CLONE_NEWUSER))
            return
        unshare(CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError as error:
        raise _refusal(error) from None
    # pytest names its temporary folder after the user, who is uid 0 from here on: not root's folder, then
    os.environ["LOGNAME"] = f"uid{uid}"


def _refusal(error: OSError) -> CannotRunError:
    reason = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        reason = "the limit of namespaces is reached: user.max_net_namespaces, user.max_user_namespaces"
    elif error.errno == errno.EPERM and in_chroot():
        return CannotRunError(
            "sockproof cannot make private namespaces here: this is a chroot, in which the kernel makes no user "
            "namespaces: run it as root, or outside of the chroot"
        )
    return CannotRunError(f"sockproof cannot make private namespaces here ({reason}): {_ADVICE}")


def enter() -> None:
    """Put this process into private namespaces in which it may make links; CannotRunError if that cannot be."""
    note_limits()
    inside = False
    if os.geteuid() == 0:
        try:
            unshare(_PRIVATE)
            inside = True
        except PermissionError:  # root of a container: without CAP_SYS_ADMIN a user namespace may still do
            pass
        except OSError as error:
            raise _refusal(error) from None
    if inside:
        _mend_mounts()  # before a user namespace: in that the mounts of this one are locked as they are
    if not inside or not all(map(capabilities.effective, ("CAP_NET_ADMIN", "CAP_NET_RAW"))):
        _enter_user_namespace()
        try:
            unshare(_PRIVATE)
        except OSError as error:
            raise _refusal(error) from None
        _mend_mounts()
    _require_proc()


def state() -> dict[str, Any]:
    """Return what the record tells of the privileges of this run."""
    return {"user_namespace": not user_namespace.initial()}
