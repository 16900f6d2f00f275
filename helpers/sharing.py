"""Sockets that share an address by SO_REUSEADDR or SO_REUSEPORT."""

from collections.abc import Sequence
from typing import Any

from helpers.kinds import SocketKind
from helpers.net.wire import End
from helpers.option_calls import put
from helpers.options.option import Option
from helpers.sockets import Socket, must


def open_sharing(end: End, kind: SocketKind, shared: Option, count: int) -> list[Socket]:
    """Return *count* new sockets of *kind* that have the option *shared*. Set-up."""
    members = [kind.open(end.sockets, end.namespace) for _ in range(count)]
    for member in members:
        must(put(member, shared, 1))
    return members


def bind_together(kind: SocketKind, members: Sequence[Socket]) -> Any:
    """Bind all *members* to one address of their own, and return it. Set-up."""
    name = kind.name(members[0])
    for member in members[1:]:
        member.must.bind(name)
    return name
