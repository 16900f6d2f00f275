"""The options called MCAST_, which SOL_IP and SOL_IPV6 have with the same names and numbers."""

from collections.abc import Callable

from helpers.options.option import SET, Option

_VALUES = {
    "MCAST_JOIN_GROUP": "struct group_req",
    "MCAST_BLOCK_SOURCE": "struct group_source_req",
    "MCAST_UNBLOCK_SOURCE": "struct group_source_req",
    "MCAST_LEAVE_GROUP": "struct group_req",
    "MCAST_JOIN_SOURCE_GROUP": "struct group_source_req",
    "MCAST_LEAVE_SOURCE_GROUP": "struct group_source_req",
}


def protocol_independent(level_name: str, option: Callable[..., Option]) -> tuple[Option, ...]:
    """Return a level's options of that kind, made by its *option*, with keys like "SOL_IP/MCAST_JOIN_GROUP"."""
    return (
        *(option(name, value, SET, key=f"{level_name}/{name}") for name, value in _VALUES.items()),
        option("MCAST_MSFILTER", "struct group_filter", key=f"{level_name}/MCAST_MSFILTER"),
    )
