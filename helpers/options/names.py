"""Levels and numbers of options and control messages back to names, for evidence that a person reads."""

from functools import cache
from types import ModuleType

from helpers import options
from helpers.uapi import socket, socket_options, tcp
from helpers.uapi.names import level_name

# Types of control messages that have a name of their own; the others are called after the option with their number.
_CONTROL: dict[int, dict[str, ModuleType]] = {
    socket.SOL_SOCKET: {
        "SCM_RIGHTS": socket,
        "SCM_CREDENTIALS": socket,
        "SCM_SECURITY": socket,
        "SCM_PIDFD": socket,
        "SCM_TIMESTAMP": socket_options,
        "SCM_TIMESTAMPNS": socket_options,
        "SCM_TIMESTAMPING": socket_options,
        "SCM_WIFI_STATUS": socket_options,
        "SCM_TIMESTAMPING_OPT_STATS": socket_options,
        "SCM_TIMESTAMPING_PKTINFO": socket_options,
        "SCM_TXTIME": socket_options,
        "SCM_DEVMEM_LINEAR": socket_options,
        "SCM_DEVMEM_DMABUF": socket_options,
        "SCM_TS_OPT_ID": socket_options,
        "SCM_INQ": socket_options,
    },
    socket.SOL_TCP: {"TCP_CM_INQ": tcp},
}


@cache
def _control(level: int) -> dict[int, str]:
    return {getattr(header, name): name for name, header in _CONTROL.get(level, {}).items()}


def option_name(level: int, number: int) -> str:
    """Return "SOL_PACKET/PACKET_AUXDATA"; what has no name stays a number: "SOL_PACKET/4711", "4711/1"."""
    found = options.find(level, number)
    return f"{level_name(level)}/{found.name if found else number}"


def cmsg_name(level: int, kind: int) -> str:
    """Return "SOL_SOCKET/SCM_RIGHTS" for a control message; where a type has only an option's name, that one."""
    name = _control(level).get(kind)
    return f"{level_name(level)}/{name}" if name else option_name(level, kind)
