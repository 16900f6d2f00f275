"""A test under suites/ that is no proper clause does not get through collection; the catalogue lists the others."""

import json
import re
from pathlib import Path

import pytest

from fixtures import clauses, surface

ID = "suites/syscalls/bind/test_bind.py::test_holds"
GOOD = {"since": '"2.2"', "level": '"source"', "refs": '["man:bind(2)"]'}


def one_test(statement='"""Holds."""', **changes):
    """Return a file with one test whose clause is good but for *changes*."""
    arguments = ", ".join(f"{name}={value}" for name, value in {**GOOD, **changes}.items() if value)
    return f"@clause({arguments})\ndef test_holds():\n    {statement}\n"


NO_CLAUSES = {
    "bare": ('def test_holds():\n    """Holds."""\n', "it has no @clause"),
    "silent": (one_test(statement="pass"), "not a statement"),
    "endless": (one_test(statement='"""No full stop"""'), "not a statement"),
    "sourceless": (one_test(refs="[]"), "no source"),
    "unsure": (one_test(level='"sure"'), "level 'sure' is none of documented, uapi, source, disputed"),
    "undated": (one_test(since='"lately"'), "since 'lately' is not a kernel release"),
    "unending": (one_test(until='"soon"'), "until 'soon' is not a kernel release"),
    "backwards": (one_test(since='"5.15"', until='"5.14"'), "until '5.14' is before since '5.15'"),
    "number": (one_test(since="2.2"), 'since is the number 2.2, quote it: since="2.2"'),
    "whole": (one_test(until="5"), 'until is the number 5, quote it: until="5"'),
    "string": (one_test(covers='"errno:EINVAL"'), 'covers is a string, not a list: write covers=["errno:EINVAL"]'),
    "words": (one_test(refs='"man:bind(2)"'), 'refs is a string, not a list: write refs=["man:bind(2)"]'),
    "errno": (one_test(covers='["errno:ENOSUCH"]'), "'errno:bind:ENOSUCH' is not in suites/surface"),
    "typo": (one_test(covers='["errno:EINVALL"]'), "in suites/surface; did you mean 'errno:bind:EINVAL'?"),
    "option": (
        one_test(covers='["option:PACKET_NONE:set"]'),
        "no table of helpers/options has the option 'PACKET_NONE'",
    ),
    "misspelt": (one_test(covers='["option:PACKET_AUXDTA:set"]'), "'PACKET_AUXDTA'; did you mean 'PACKET_AUXDATA'?"),
    "nowhere": (
        one_test(refs='["somewhere", "man:bind"]'),
        "'somewhere', 'man:bind' is not a reference, which has one of these forms: man:packet(7), uapi:linux/if_packet",
    ),
}


def test_refuses_what_is_no_clause(small_suite):
    """Each in one line, whatever else is wrong."""
    for name, (text, _) in NO_CLAUSES.items():
        small_suite.write(text)
        small_suite.file.rename(small_suite.file.with_name(f"test_{name}.py"))

    outcome = small_suite.run(one_test(), "-n", "0", "--continue-on-collection-errors")

    assert outcome.verdicts == {"test_holds": "pass"}, outcome.text  # the control
    assert "Traceback" not in outcome.text
    told = re.findall(r"^(?:E +)?\S*/test_(\w+)\.py::test_holds is not a clause: (.*)$", outcome.text, re.MULTILINE)
    assert len(told) == len(NO_CLAUSES), outcome.text
    wrong = {name: line for name, line in told if NO_CLAUSES[name][1] not in line or line.count(";") > 1}
    assert wrong == {}


def test_every_form_of_a_reference_that_is_offered_is_one():
    forms = clauses.FORMS.replace("<12 to 40 hex digits>", "0123456789ab").split(", ")

    assert [form for form in forms if not clauses.REFERENCE.fullmatch(form)] == []


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
    assert [token for token, entry in surface.tokens().items() if entry["kind"] != token.partition(":")[0]] == []
