"""The terminal tells a broken clause once, with its line; an error of our own with its traceback, too."""

import pytest

SUITE = """
    from helpers.sockets import SetupError

    @promise
    @pytest.mark.parametrize("number", range({cases}))
    def test_breaks(number):
        \"\"\"Breaks.\"\"\"
        assert [number, 1] == [number, 2]

    @promise
    @pytest.mark.parametrize("number", range({errors}))
    def test_has_no_set_up(number):
        \"\"\"Is not tried.\"\"\"
        raise SetupError(f"no room for {{number}}")
"""
LINE = "suites/syscalls/bind/test_bind.py:11: assert [number, 1] == [number, 2]"


@pytest.mark.parametrize("lanes", ["0", "2"])
def test_a_broken_clause_is_told_once_with_its_line(small_suite, lanes):
    outcome = small_suite.run(SUITE.format(cases=1, errors=0), "-n", lanes)

    assert outcome.text.count("BROKEN ") == 1
    told = " ".join(outcome.text.split())
    assert f"at {LINE}" in told
    assert "differs [1]: expected 2, observed 1" in told
    for word in ("FAILURES", "short test summary", "def test_breaks", "FAILED"):
        assert word not in outcome.text
    assert "1 failed" in outcome.text
    assert outcome.status == 1


@pytest.mark.parametrize("option", ["-v", "--tb=short", "--tb=auto", "-rf"])
def test_pytest_s_own_words_come_when_asked_for(small_suite, option):
    outcome = small_suite.run(SUITE.format(cases=1, errors=0), "-n", "0", option)

    assert "= FAILURES =" in outcome.text
    assert "FAILED suites/" in outcome.text


def test_an_error_of_our_own_has_its_traceback(small_suite):
    outcome = small_suite.run(SUITE.format(cases=1, errors=1))

    assert outcome.text.count("def test_has_no_set_up") == 1
    assert "def test_breaks" not in outcome.text


def test_set_up_that_fails_alike_in_many_tests_has_none(small_suite):
    outcome = small_suite.run(SUITE.format(cases=0, errors=9))

    assert "def test_has_no_set_up" not in outcome.text
    assert "NOT TRIED 1 clause, 9 cases" in outcome.text
