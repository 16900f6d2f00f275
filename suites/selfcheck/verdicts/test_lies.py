"""``--lies`` for the author of a clause: its own lies, a few lines, an exit status."""

import json
import os

import pytest

from fixtures import lie_runs, lies
from fixtures.lie_runs import Told
from helpers.lies import Lie
from helpers.options import option

PREFACE = """
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_REUSEADDR, SO_TYPE
from helpers.uapi.un import sockaddr_un
EBADF = 9
ABOUT_REUSEADDR = clause(
    since="2.2", level="source", refs=["src:net/socket.c"], covers=["option:SO_REUSEADDR:set"]
)
"""
NOTICES = """
@ABOUT_REUSEADDR
def test_is_set(sockets):
    '''It is set.'''
    socket, value = sockets.pair()[0], bytearray(4)
    assert socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1) == SUCCESS
    socket.getsockopt(SOL_SOCKET, SO_REUSEADDR, value, bytearray(b"\\4\\0\\0\\0"))
    assert value[0] == 1
"""
TAKES_ANY_ANSWER = """
@ABOUT_REUSEADDR
def test_is_taken(sockets):
    '''It is taken.'''
    assert sockets.pair()[0].setsockopt(SOL_SOCKET, SO_REUSEADDR, 1) == SUCCESS
"""
BREAKS_ANYHOW = """
@ABOUT_REUSEADDR
def test_never_holds():
    '''It never holds.'''
    assert SO_REUSEADDR == 0
"""
SILENT, WRONG = (f"option:SO_REUSEADDR:setsockopt:{form}" for form in ("silent", "wrong-errno"))


@pytest.fixture(autouse=True)
def seccomp():
    """A kernel that can be made to lie."""
    if not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        pytest.skip("this kernel has no seccomp filters")


@pytest.fixture
def lied_to(small_suite):
    """Runs clauses in a place that is not about a call, under their own lies: (what is seen, outcomes by lie)."""
    small_suite.place("socket/test_options.py")

    def run(*tests, options=()):
        file = small_suite.folder / "lies.json"
        outcome = small_suite.run(PREFACE + "".join(tests), "-n", "0", f"--lies={file}", *options)
        told = json.loads(file.read_text()) if file.exists() else []
        return outcome, {one["lie"]: one for one in told}

    return run


def test_only_what_the_selected_clauses_cover_is_lied_about(lied_to):
    outcome, told = lied_to(NOTICES)

    assert (outcome.status, list(told)) == (0, [SILENT, WRONG]), outcome.text
    assert {name: one["caught_by"].rpartition("::")[2] for name, one in told.items()} == dict.fromkeys(
        told, "test_is_set"
    )
    assert "caught 2 of 2 lies; which clause caught which: " in outcome.text


def test_a_lie_that_survives_fails_the_run_and_is_named_with_what_ran(lied_to):
    outcome, told = lied_to(TAKES_ANY_ANSWER)

    assert (outcome.status, told[SILENT]["caught_by"]) == (1, None), outcome.text
    _, _, said = outcome.text.partition(" lying kernel ")
    assert said.splitlines()[1:4] == [
        f"SURVIVED {SILENT}: setsockopt(SO_REUSEADDR) returns 0 and does nothing, no clause broke",
        "  ran test_is_taken",
        f"caught 1 of 2 lies; which clause caught which: {outcome.text.rpartition('caught which: ')[2].split()[0]}",
    ]


def test_many_survivors_take_few_lines():
    """However many there are."""
    outcomes = [
        {"lie": f"{name}:silent", "caught_by": None, "why": "no clause broke", "ran": [f"x.py::test_{n}"] * n}
        for n, name in enumerate(["option:SO_TYPE:getsockopt", *["syscall:bind"] * 99])
    ]

    lines = list(lies.lines(outcomes, "FILE"))

    assert len(lines) <= 10, lines
    assert lines[-2:] == ["… and 96 more", "caught 0 of 100 lies; which clause caught which: FILE"]


def test_a_clause_that_breaks_without_a_lie_catches_none(lied_to):
    outcome, told = lied_to(BREAKS_ANYHOW, TAKES_ANY_ANSWER)

    assert (outcome.status, told[SILENT]["caught_by"]) == (1, None), outcome.text
    assert told[WRONG]["caught_by"].endswith("::test_is_taken"), told
    assert told[SILENT]["broken_anyhow"] == [told[WRONG]["caught_by"].replace("is_taken", "never_holds")]
    assert "no clause broke but those that break without the lie, too: test_never_holds" in outcome.text


def test_where_nothing_is_covered_it_says_so_and_tries_nothing(lied_to):
    outcome, told = lied_to("@promise\ndef test_holds():\n    '''Holds.'''\n")

    assert (outcome.status, told) == (5, {}), outcome.text
    assert "the selected clauses cover no system call and no option" in outcome.text


def test_it_shares_the_work_out_by_itself(lied_to):
    outcome, told = lied_to(NOTICES, options=["-n", "2"])

    assert (outcome.status, told) == (4, {}), outcome.text
    assert "--lies shares its work out by itself" in outcome.text


class Case:
    """As much of a test as its order depends on."""

    def __init__(self, name, **params):
        self.nodeid = name
        self.callspec = type("Callspec", (), {"params": params})


def test_what_is_about_the_option_by_name_comes_first_and_then_what_covers_little_else():
    of_all = ["option:SO_TYPE:get", "option:SO_ERROR:get", "option:SO_DOMAIN:get"]
    cases = [
        (Case("x::error", about=option("SO_ERROR")), of_all),
        (Case("x::other"), of_all[:2]),
        (Case("x::refusal[1]"), ["option:SO_TYPE:error"]),
        (Case("x::one[1]"), of_all[:1]),
        (Case("x::one[2]"), of_all[:1]),
        (Case("x::alone"), of_all[:1]),
        (Case("x::type", about=option("SO_TYPE")), of_all),
    ]
    told = Told("", "option:SO_TYPE", Lie("getsockopt", 0, option("SO_TYPE").level, option("SO_TYPE").number))

    names = [item.nodeid for item in lie_runs.nearest_first(told, cases)]

    assert names == ["x::type", "x::one[1]", "x::alone", "x::one[2]", "x::other", "x::error", "x::refusal[1]"]


@pytest.mark.parametrize(
    ("covers", "told"),
    [
        ("option:SO_REUSEADDR:set", {"setsockopt"}),
        ("option:SO_REUSEADDR:effect", {"setsockopt"}),
        ("option:SO_REUSEADDR:get", {"getsockopt"}),
        ("option:SO_REUSEADDR:error", set()),
        ("option:SO_TYPE:error", {"setsockopt"}),  # it can only be read: what there is to show of setting it
    ],
)
def test_an_aspect_tells_which_call_is_lied_about(covers, told):
    key = covers.split(":")[1]
    found = {
        lie.call
        for token, lie in lies.lies_about(option(key))
        if covers in lies.tokens_about(Told(lies.name_of(token, lie), token, lie))
    }

    assert found == told
