"""What the clauses of options that hold one int share."""

from helpers.option_calls import answer, get, kept, round_trip
from helpers.option_table import Option
from helpers.sockets import Socket


def keeps_its_values(socket: Socket, chosen: Option) -> None:
    """Assert that an option of a new socket has its default and keeps the values that it takes."""
    before = get(socket, chosen)
    after = round_trip(socket, chosen)

    assert before == answer(chosen.default)
    assert after == kept(chosen)
