"""Socket options as data, a table for each level: what lies, evidence, the surface and the clauses know of them.

Another level is another module here with its OPTIONS, and its place in ``_LEVELS``. An option that gets its first
clause becomes ``due=True`` in its table: from then on all its aspects belong to the surface, and lies are told of it.
"""

from collections.abc import Iterable

from helpers.options import sol_ip, sol_ipv6, sol_netlink, sol_packet, sol_socket, sol_tcp, sol_udp
from helpers.options.option import Option

_LEVELS = (sol_packet, sol_socket, sol_ip, sol_ipv6, sol_tcp, sol_udp, sol_netlink)
OPTIONS: tuple[Option, ...] = tuple(option for module in _LEVELS for option in module.OPTIONS)
_BY_KEY = {option.key: option for option in OPTIONS}
_BY_NUMBER = {(option.level, option.number): option for option in reversed(OPTIONS)}


def option(key: str) -> Option:
    """Return the option of a name, or of level and name where two levels have it ("SOL_IP/MCAST_JOIN_GROUP").

    Raises KeyError for one that is in no table.
    """
    return _BY_KEY[key]


def options(*keys: str) -> list[Option]:
    """Return the options of *keys*, to parametrise with (``ids=str``)."""
    return [option(key) for key in keys]


def by_access(access: str, *level_names: str) -> list[Option]:
    """Return the options of some levels that are due, with that *access*: "both", "get", "set" or "none"."""
    return [one for one in OPTIONS if one.due and one.access == access and one.level_name in level_names]


def find(level: int, number: int) -> Option | None:
    """Return the option of a level with that number, None if no table has it."""
    return _BY_NUMBER.get((level, number))


def tokens(one: Option) -> dict[str, str | None]:
    """Return the surface's token of each aspect of an option, with the reason why it cannot be shown, or None."""
    return {f"option:{one.key}:{aspect}": one.unreachable.get(aspect) for aspect in one.aspects}


def covers(chosen: Iterable[str | Option], *aspects: str) -> list[str]:
    """Return the surface's tokens of *aspects* ("set", "get", "effect", "error") of every one of some options."""
    return [f"option:{key}:{aspect}" for key in chosen for aspect in aspects]
