"""The surface: files and option tables as tokens, what contradicts itself, and options of any level in every part."""

import dataclasses
import errno

import pytest

from fixtures import lies, surface
from helpers import lies as lying
from helpers import options, process, syscall
from helpers.syscall import refused
from reports.clauses import clauses_of
from reports.coverage import coverage_of
from suites.selfcheck.reports.sample_run import entry, result, written

DELAY = options.option("TCP_TX_DELAY")


def put(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


@pytest.fixture
def due_delay(monkeypatch):
    """An option of another level, as it is once a clause covers it."""
    one = dataclasses.replace(DELAY, due=True)
    monkeypatch.setattr(options, "OPTIONS", (*options.OPTIONS, one))
    monkeypatch.setattr(lies, "OPTIONS", options.OPTIONS)
    return one


def test_the_files_of_a_folder_make_one_surface(tmp_path):
    values = '[value]\nmsg = ["MSG_PEEK", "MSG_OOB"]\n[unreachable]\n"msg:MSG_OOB" = "nobody sends it"\n'
    put(tmp_path, one='[syscall.bind]\ndocumented = ["EBADF"]\n', two=values)

    found = surface.load(tmp_path)

    assert {"syscall:bind", "errno:bind:EBADF", "msg:MSG_PEEK", "option:SO_TYPE:get"} <= found.keys()
    assert [found[f"msg:{name}"]["reason"] for name in ("MSG_PEEK", "MSG_OOB")] == [None, "nobody sends it"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[value]\nmsg = ["MSG_PEEK"]\n', "'msg:MSG_PEEK' stands in one.toml and in two.toml"),
        ('[value]\nmsg = ["MSG_OOB", "MSG_OOB"]\n', "'msg:MSG_OOB' stands in two.toml and in two.toml"),
        ('[value]\noption = ["SO_TYPE:get"]\n', "'option:SO_TYPE:get' stands in two.toml and in helpers/options"),
        ("[option.SOL_SOCKET]\n", "two.toml has options"),
        ("[values]\n", "two.toml has tables that are none of the surface's: values"),
        ('[syscall.bind]\ndocumented = []\nunreachable = {EPERM = "so"}\n', "two.toml gives bind reasons for EPERM"),
        ('[unreachable]\n"msg:MSG_PEEK" = "so"\n', "two.toml gives reasons for msg:MSG_PEEK, which it has not"),
    ],
    ids=["two-files", "one-file", "option-token", "option-table", "strange-table", "strange-reason", "strange-value"],
)
def test_a_contradiction_is_an_error(tmp_path, text, complaint):
    put(tmp_path, one='[value]\nmsg = ["MSG_PEEK"]\n')
    surface.load(tmp_path)
    put(tmp_path, two=text)

    with pytest.raises(surface.SurfaceError, match=complaint):
        surface.load(tmp_path)


@pytest.mark.parametrize(
    ("token", "complaint"),
    [
        ("option:SO_NONE:set", "no table of helpers/options has the option 'SO_NONE'"),
        ("option:MCAST_JOIN_GROUP:set", "no table of helpers/options has the option 'MCAST_JOIN_GROUP'"),
        ("option:SO_TYPE:set", "the aspects of SO_TYPE are get, error"),
        ("option:TCP_TX_DELAY:set", "TCP_TX_DELAY is not due yet; its first clause says due=True in helpers/options"),
        ("msg:MSG_NONE", "'msg:MSG_NONE' is not in suites/surface"),
    ],
)
def test_a_token_that_is_not_in_the_surface_is_complained_about(token, complaint):
    assert list(surface.complaints(["option:SO_TYPE:get"])) == []

    (found,) = surface.complaints([token])

    assert complaint in found


def test_a_due_option_of_any_level_is_in_the_surface_and_in_the_matrix(due_delay, tmp_path):
    tokens = [token for token in surface.load(tmp_path) if token.startswith("option:TCP_TX_DELAY:")]

    found = surface.load(tmp_path)
    entries = [entry(token, subject=found[token]["subject"]) for token in tokens]
    covered = {"covers": [tokens[0]], "verdict": "pass"}
    run = written(tmp_path, [{**result("one"), **covered}], entries)
    (table,) = coverage_of(run, clauses_of(run)).options

    assert tokens == [f"option:TCP_TX_DELAY:{aspect}" for aspect in ("set", "get", "effect", "error")]
    assert (table.title, [row.name for row in table.rows]) == ("SOL_TCP", ["TCP_TX_DELAY"])
    assert [cell.state for cell in table.rows[0].cells] == ["held", "open", "open", "open"]


def test_a_due_option_of_any_level_is_lied_about(due_delay):
    told = {lies.name_of(token, lie) for token, lie in lies.all_lies()}

    assert {f"option:TCP_TX_DELAY:{call}:silent" for call in ("setsockopt", "getsockopt")} <= told


@pytest.mark.parametrize("level_name", sorted({option.level_name for option in options.OPTIONS}))
def test_a_lie_can_be_told_of_every_option(level_name):
    """The lies are told whatever the descriptor is; without them it is refused with EBADF."""
    chosen = [option for option in options.OPTIONS if option.level_name == level_name]

    def answers():
        return [syscall.setsockopt(-1, option.level, option.number, None, 0) for option in chosen]

    def lied_to():
        for option in chosen:
            _, lie = lies.lies_about(option)[1]
            lying.install(lie)
        return answers()

    assert process.in_child(answers) == [refused(errno.EBADF)] * len(chosen)
    assert process.in_child(lied_to) == [refused(lies.WRONG)] * len(chosen)
