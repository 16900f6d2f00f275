"""Numbers back to the names of the headers, for evidence that a person reads; for options: helpers.options.names."""

import errno
from functools import cache
from types import ModuleType

from helpers.uapi import if_ether, socket

# Where Python's errno has two names for a number, the one that the man pages and the kernel use.
_PREFERRED_ERRNOS = ("EAGAIN", "EDEADLK", "EOPNOTSUPP")
# Numbers that the kernel keeps for itself (include/linux/errno.h): seeing one is a finding in itself.
_KERNEL_ERRNOS = {
    512: "ERESTARTSYS",
    513: "ERESTARTNOINTR",
    514: "ERESTARTNOHAND",
    515: "ENOIOCTLCMD",
    516: "ERESTART_RESTARTBLOCK",
    517: "EPROBE_DEFER",
    524: "ENOTSUPP",
}
_ERRNOS = _KERNEL_ERRNOS | errno.errorcode | {getattr(errno, name): name for name in _PREFERRED_ERRNOS}

_SOCKET_TYPES = ("STREAM", "DGRAM", "RAW", "RDM", "SEQPACKET", "DCCP", "PACKET")


@cache
def _table(module: ModuleType, prefix: str) -> dict[int, str]:
    """Map value to name; of several names the first defined wins."""
    names = [name for name, value in vars(module).items() if name.startswith(prefix) and isinstance(value, int)]
    return {getattr(module, name): name for name in reversed(names)}


def name_of(module: ModuleType, prefix: str, value: int) -> str:
    """Return the module's constant of that prefix and value, such as "PACKET_MR_PROMISC", or the number as text."""
    return _table(module, prefix).get(value, str(value))


def errno_name(number: int) -> str:
    """Return "EBADF" for 9; "no error" for 0, "errno 4711" for a number without a name."""
    return "no error" if number == 0 else _ERRNOS.get(number, f"errno {number}")


def domain_name(domain: int) -> str:
    """Return "AF_PACKET" for 17, or the number as text."""
    return name_of(socket, "AF_", domain)


def type_name(kind: int) -> str:
    """Return "SOCK_RAW|SOCK_NONBLOCK" for the type argument of socket(2)."""
    types = {getattr(socket, f"SOCK_{name}"): f"SOCK_{name}" for name in _SOCKET_TYPES}
    kind &= 0xFFFFFFFF
    base, flags = kind & socket.SOCK_TYPE_MASK, kind & ~socket.SOCK_TYPE_MASK
    parts = [types.get(base, str(base))]
    for name in ("SOCK_NONBLOCK", "SOCK_CLOEXEC"):
        if flags & getattr(socket, name):
            parts.append(name)
            flags &= ~getattr(socket, name)
    return "|".join([*parts, hex(flags)] if flags else parts)


def level_name(level: int) -> str:
    """Return "SOL_PACKET" for 263, or the number as text."""
    return name_of(socket, "SOL_", level)


def ethertype_name(protocol: int) -> str:
    """Return "ETH_P_ARP" for 0x0806 (host order), or the number in hex."""
    return _table(if_ether, "ETH_P_").get(protocol, f"0x{protocol:04x}")


def flags_names(value: int, module: ModuleType, prefix: str) -> str:
    """Return the single-bit constants in a value, "MSG_PEEK|MSG_TRUNC"; bits without a name in hex, "0" for none."""
    table = _table(module, prefix)
    value &= 0xFFFFFFFF  # a C int that has bit 31 set arrives as a negative number
    bits = [1 << bit for bit in range(value.bit_length()) if value & 1 << bit]
    unnamed = sum(bit for bit in bits if bit not in table)
    parts = [table[bit] for bit in bits if bit in table]
    return "|".join([*parts, hex(unnamed)] if unnamed else parts) or "0"
