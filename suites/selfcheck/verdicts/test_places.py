"""A clause lives in a folder that says what it is for and whose documents it proves, at any depth."""

import pytest

from fixtures import folders
from fixtures.clauses import ROOT
from fixtures.folders import MOST_FILES

HOLDS = '''
    @promise
    def test_holds():
        """Holds."""
'''
OF_TWO_FAMILIES = '''
    @clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_bind", "src:net/ipv4/af_inet.c:inet_bind"])
    def test_holds():
        """Holds."""
'''
PURPOSE = "Making rings."


@pytest.mark.parametrize("file", ["packet/test_x.py", "packet/rings/test_x.py", "packet/rings/setup/test_x.py"])
def test_clauses_at_any_depth_are_recorded(small_suite, file):
    small_suite.place(file, PURPOSE)

    outcome = small_suite.run(HOLDS)

    subject = file.rpartition("/")[0]
    assert (outcome.status, outcome.verdicts) == (0, {"test_holds": "pass"})
    assert outcome.clauses["test_holds"]["subject"] == subject
    assert outcome.run["folders"] == {subject: PURPOSE}


@pytest.mark.parametrize("file", ["packet/test_x.py", "packet/rings/setup/test_x.py"])
def test_what_is_no_clause_is_refused_at_any_depth(small_suite, file):
    small_suite.place(file, PURPOSE)

    outcome = small_suite.run('def test_holds():\n    """Holds."""\n')

    assert (outcome.status, outcome.verdicts) == (2, {})
    assert "it has no @clause" in outcome.text


def complaint(small_suite, text=HOLDS):
    """Return what the collection says against a test file that it is to refuse, in one line."""
    outcome = small_suite.run(text)
    assert (outcome.status, outcome.verdicts) == (2, {})
    assert "Traceback" not in outcome.text
    (line,) = {line for line in outcome.text.splitlines() if "is not a clause" in line}
    return line.partition("is not a clause: ")[2]


def test_a_file_in_no_folder_is_refused(small_suite):
    small_suite.place("test_x.py")

    assert complaint(small_suite).startswith("its file stands in no folder of suites/")


@pytest.mark.parametrize("purpose", [None, ""])
def test_a_nested_folder_that_does_not_say_what_it_is_for_is_refused(small_suite, purpose):
    small_suite.place("packet/rings/test_y.py", PURPOSE)
    small_suite.place("packet/rings/setup/test_x.py", purpose or "")
    if purpose is None:
        (small_suite.file.parent / "__init__.py").unlink()

    assert complaint(small_suite) == "its folder does not say what it is for, in the docstring of setup/__init__.py"


def test_a_folder_with_more_files_than_one_subject_has_is_refused(small_suite):
    small_suite.place("packet/rings/test_x.py", PURPOSE)
    for number in range(MOST_FILES - 1):
        small_suite.file.with_name(f"test_{number}.py").write_text("")
    assert small_suite.run(HOLDS).verdicts == {"test_holds": "pass"}  # the control: as many as there may be
    small_suite.file.with_name("test_last.py").write_text("")

    assert complaint(small_suite) == "its folder has 21 test files, more than 20: it has two subjects"


@pytest.mark.parametrize("where", ["packet", "packet/rings/setup"])
def test_a_clause_of_another_document_than_its_folder_s_is_refused(small_suite, where):
    small_suite.place("packet/rings/setup/test_x.py", PURPOSE)
    init = small_suite.folder / "suites" / where / "__init__.py"
    init.write_text(f'"""{PURPOSE}"""\nDOCUMENTS = ["man:packet(7)", "src:net/socket*"]\n')
    assert small_suite.run(HOLDS).verdicts == {"test_holds": "pass"}  # the control
    init.write_text(f'"""{PURPOSE}"""\nDOCUMENTS = ["man:packet(7)", "src:net/packet/*"]\n')

    told = complaint(small_suite)

    assert told.startswith("none of its refs is a document of packet/rings/setup (man:packet(7), src:net/packet/*)")


@pytest.mark.parametrize(("file", "verdicts"), [("syscalls/bind", {"test_holds": "pass"}), ("unix/bind", {})])
def test_what_the_code_of_two_families_promises_of_a_call_holds_for_any(small_suite, file, verdicts):
    small_suite.place(f"{file}/test_x.py", PURPOSE, '["man:bind(2)"]')

    assert small_suite.run(OF_TWO_FAMILIES).verdicts == verdicts


def test_every_folder_of_the_suite_says_what_it_is_for():
    purposes = folders.purposes(ROOT / "suites")

    assert "packet/rings/setup" in purposes
    assert purposes["packet"].startswith("AF_PACKET")
    assert not [folder for folder, purpose in purposes.items() if not purpose.endswith(".") or "\n" in purpose]
