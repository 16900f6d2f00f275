"""What a JUnit file says of each case: its final verdict and its clause, one property each."""

import xml.etree.ElementTree as ET

import pytest

SUITE = '''
    import os
    from fixtures.guards import KernelAlarm
    from helpers.sockets import SetupError

    told = clause(since="4.20", level="documented", refs=["man:bind(2)", "src:net/socket.c:__sys_bind"])

    @told
    def test_holds():
        """Holds."""

    @told
    def test_breaks():
        """Breaks."""
        assert 1 == 2

    @told
    def test_cannot_be_set_up():
        """Is not tried."""
        raise SetupError("no such thing")

    @pytest.fixture
    def broken():
        raise RuntimeError("fixture")

    @pytest.fixture
    def warns():
        yield
        raise KernelAlarm("WARNING: in the end")

    @told
    def test_fixture_breaks(broken):
        """Is not tried."""

    @told
    def test_kernel_warns(warns):
        """Is broken at its end."""

    @told
    def test_breaks_and_warns(warns):
        """Is broken twice."""
        assert 1 == 2

    @told
    def test_leaks():
        """Leaves something."""
        os.dup(1)

    @told
    def test_skips():
        """Is skipped."""
        pytest.skip("one CPU only")

    @told
    def test_is_not_there():
        """Is not there."""
        not_applicable("no such option yet")

    @told
    @pytest.mark.xfail(reason="known")
    @pytest.mark.parametrize("case", ["a<b"])
    def test_deviates(case):
        """Deviates."""
        assert 1 == 2

    @told
    @pytest.mark.timeout(0.2)
    def test_hangs():
        """Hangs."""
        import select
        select.select([], [], [], 30)
'''
CRASH = '''
    @told
    def test_dies():
        """Kills its process."""
        os.kill(os.getpid(), 9)
'''
VERDICTS = {
    "test_holds": ("pass", None),
    "test_breaks": ("fail", "failure"),
    "test_cannot_be_set_up": ("error", "error"),
    "test_fixture_breaks": ("error", "error"),
    "test_kernel_warns": ("fail", "failure"),
    "test_leaks": ("error", "error"),
    "test_skips": ("skip", "skipped"),
    "test_is_not_there": ("n/a", "skipped"),
    "test_deviates[a<b]": ("xfail", "skipped"),
    "test_hangs": ("timeout", "failure"),
}


def cases(file):
    """Return the elements of the cases by name."""
    found = {}
    for element in ET.parse(file).iter("testcase"):
        found.setdefault(element.get("name"), []).append(element)
    return found


def properties(element):
    """Return name and value of each property of a case."""
    return [(item.get("name"), item.get("value")) for item in element.iter("property")]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_case_has_its_final_verdict_and_its_clause(small_suite, workers):
    file = small_suite.folder / "junit.xml"
    more = CRASH if workers != "0" else ""

    outcome = small_suite.run(SUITE + more, "-n", workers, f"--junitxml={file}")

    found = cases(file)
    twice = found.pop("test_breaks_and_warns")
    assert [dict(properties(element))["verdict"] for element in twice] == ["fail", "fail"]
    wanted = VERDICTS | ({"test_dies": ("crash", "failure")} if more else {})
    assert {name: len(elements) for name, elements in found.items()} == dict.fromkeys(wanted, 1)
    for name, [element] in found.items():
        verdict, kind = wanted[name]
        clause = f"suites/syscalls/bind/test_bind.py::{name.partition('[')[0]}"
        assert properties(element) == [
            ("verdict", verdict),
            ("clause", clause),
            ("level", "documented"),
            ("since", "4.20"),
            ("ref", "man:bind(2)"),
            ("ref", "src:net/socket.c:__sys_bind"),
        ]
        assert [child.tag for child in element if child.tag in ("failure", "error", "skipped")] == [kind] * bool(kind)
    assert {name: verdict for name, verdict in outcome.verdicts.items() if name in wanted} == {
        name: verdict for name, (verdict, _) in wanted.items()
    }


def test_pytest_s_own_words_agree_with_the_verdict(small_suite):
    outcome = small_suite.run(
        '''
        from helpers.sockets import SetupError

        @promise
        def test_cannot_be_set_up(sockets):
            """Is not tried."""
            sockets.packet().must.bind(None, 3)
        '''
    )

    assert outcome.status == 1
    assert "1 error in" in outcome.text
    assert "1 failed" not in outcome.text
    assert "NOT TRIED syscalls/bind: Is not tried." in outcome.text
    assert "0 held, 0 broken, 1 not tried" in outcome.text
    assert "BROKEN" not in outcome.text


def test_tests_of_the_suite_itself_have_none(small_suite):
    file = small_suite.folder / "junit.xml"
    small_suite.place("selfcheck/test_it.py")

    small_suite.run("def test_it():\n    pass\n", "-n", "0", f"--junitxml={file}", "suites/selfcheck/test_it.py")

    assert [properties(element) for [element] in cases(file).values()] == [[]]
