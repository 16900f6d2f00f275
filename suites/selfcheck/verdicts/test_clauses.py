"""A test under suites/ that is no proper clause does not get through collection; the catalogue lists the others."""

import json
from pathlib import Path

import pytest

from fixtures import clauses, surface

ID = "suites/syscalls/bind/test_bind.py::test_holds"
GOOD = {"since": '"2.2"', "level": '"source"', "refs": '["man:bind(2)"]'}


def one_test(statement='"""Holds."""', **changes):
    """Return a file with one test whose clause is good but for *changes*."""
    arguments = ", ".join(f"{name}={value}" for name, value in {**GOOD, **changes}.items() if value)
    return f"@clause({arguments})\ndef test_holds():\n    {statement}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('def test_holds():\n    """Holds."""\n', "it has no @clause"),
        (one_test(statement="pass"), "not a statement"),
        (one_test(statement='"""No full stop"""'), "not a statement"),
        (one_test(refs="[]"), "no source"),
        (one_test(refs='["somewhere"]'), "'somewhere' is not a reference"),
        (one_test(level='"sure"'), "level 'sure'"),
        (one_test(since='"lately"'), "since 'lately' is not a kernel release"),
        (one_test(until='"soon"'), "until 'soon' is not a kernel release"),
        (one_test(since='"5.15"', until='"5.14"'), "until '5.14' is before since '5.15'"),
        (one_test(covers='["errno:ENOSUCH"]'), "'errno:bind:ENOSUCH' is not in suites/surface"),
        (one_test(covers='["option:PACKET_NONE:set"]'), "no table of helpers/options has the option 'PACKET_NONE'"),
    ],
)
def test_refuses_what_is_no_clause(small_suite, text, complaint):
    control = small_suite.run(one_test())
    assert control.verdicts == {"test_holds": "pass"}

    outcome = small_suite.run(text)

    assert outcome.status == 2
    assert complaint in outcome.text
    assert "Traceback" not in outcome.text


def test_the_catalogue_tells_all_of_a_clause(small_suite):
    file = small_suite.folder / "catalogue.json"

    small_suite.run(
        one_test(covers='["errno:EBADF"]', formerly='"old id"', until='"99.0"'),
        *("-n", "0", "--collect-only", f"--catalogue={file}"),
    )

    catalogue = json.loads(file.read_text())
    assert catalogue["clauses"] == [
        {
            "id": ID,
            "file": "suites/syscalls/bind/test_bind.py",
            "subject": "syscalls/bind",
            "statement": "Holds.",
            "since": "2.2",
            "until": "99.0",
            "level": "source",
            "refs": ["man:bind(2)"],
            "covers": ["syscall:bind", "errno:bind:EBADF"],
            "formerly": "old id",
            "line": 4,
            "cases": 1,
        }
    ]
    covered = {entry["token"]: entry["clauses"] for entry in catalogue["surface"]}
    assert covered["errno:bind:EBADF"] == [ID]
    assert covered["errno:bind:EINVAL"] == []
    assert list(catalogue["folders"]) == ["syscalls", "syscalls/bind"]


@pytest.mark.parametrize(
    ("file", "subject", "call"),
    [
        ("suites/syscalls/send/test_flags.py", "syscalls/send", "send"),
        ("suites/syscalls/recvmmsg_time32/test_time.py", "syscalls/recvmmsg_time32", "recvmmsg_time32"),
        ("suites/packet/rings/setup/test_mmap.py", "packet/rings/setup", None),
        ("suites/races/test_bind.py", "races", None),
        ("suites/test_nowhere.py", "", None),
    ],
)
def test_the_folder_says_the_subject(file, subject, call):
    assert clauses.subject_of(clauses.ROOT / file) == clauses.subject_of(Path(file)) == subject
    assert clauses.call_of(test_the_folder_says_the_subject, clauses.ROOT / file) == call


def test_a_file_may_say_the_system_call_that_its_clauses_are_about(small_suite):
    small_suite.place("packet/bind/test_x.py")

    outcome = small_suite.run('SYSCALL = "bind"\n' + one_test(covers='["errno:EBADF"]'))

    assert outcome.verdicts == {"test_holds": "pass"}
    assert outcome.clauses["test_holds"]["covers"] == ["syscall:bind", "errno:bind:EBADF"]


def test_the_surface_has_the_22_entry_points_and_23_packet_options():
    packet = {
        token.split(":")[1]
        for token, entry in surface.tokens().items()
        if (entry["kind"], entry["subject"]) == ("option", "SOL_PACKET")
    }

    assert len(surface.syscalls()) == 22
    assert len(packet) == 23
    assert all(entry["kind"] == token.partition(":")[0] for token, entry in surface.tokens().items())
