"""Each verdict is given when it is due, and the record says what happened."""

import json
import os

from reports.run import load
from suites.selfcheck.verdicts.interrupted_suite import INTERRUPTED


def test_verdicts_and_exit_status(small_suite):
    outcome = small_suite.run('''
        from errno import EINVAL, EBADF
        from helpers.sockets import SetupError
        from helpers.syscall import refused

        @promise
        def test_holds():
            """Holds."""

        @promise
        @pytest.mark.parametrize("number", [1, 2])
        def test_breaks(number):
            """Breaks for two."""
            assert refused(EINVAL if number == 1 else EBADF) == refused(EINVAL)

        @promise
        def test_cannot_be_set_up():
            """Needs a thing that cannot be had."""
            raise SetupError("no such thing")

        @pytest.fixture
        def broken():
            raise RuntimeError("fixture")

        @promise
        def test_fixture_breaks(broken):
            """Has a broken fixture."""

        @promise
        def test_skips():
            """Is skipped."""
            pytest.skip("one CPU only")

        @promise
        def test_is_not_there():
            """Is not there."""
            not_applicable("no such option yet")

        @clause(since="99.0", level="source", refs=["src:net/socket.c"])
        def test_is_promised_later():
            """Will be."""
            raise AssertionError("must not run")

        @clause(since="2.2", until="5.9", level="source", refs=["src:net/socket.c"])
        def test_was_promised_formerly():
            """Was."""
            raise AssertionError("must not run")

        @promise
        @pytest.mark.xfail(reason="known")
        def test_known_deviation():
            """Deviates."""
            assert 1 == 2

        @promise
        @pytest.mark.xfail(reason="known")
        def test_deviation_that_is_gone():
            """Deviates no more."""

        @promise
        @pytest.mark.timeout(0.2)
        def test_hangs():
            """Hangs."""
            import select
            select.select([], [], [], 30)
    ''')

    assert outcome.status == 1
    assert outcome.verdicts == {
        "test_holds": "pass",
        "test_breaks[1]": "pass",
        "test_breaks[2]": "fail",
        "test_cannot_be_set_up": "error",
        "test_fixture_breaks": "error",
        "test_skips": "skip",
        "test_is_not_there": "n/a",
        "test_is_promised_later": "n/a",
        "test_was_promised_formerly": "n/a",
        "test_known_deviation": "xfail",
        "test_deviation_that_is_gone": "xpass",
        "test_hangs": "timeout",
    }
    broken = outcome.results["test_breaks[2]"]
    assert (broken["evidence"]["observed"], broken["evidence"]["expected"]) == (
        "refused with EBADF",
        "refused with EINVAL",
    )
    told = outcome.clauses["test_breaks"]
    assert (told["statement"], told["covers"], broken["case"]) == ("Breaks for two.", ["syscall:bind"], "2")
    assert broken["repeat"].endswith("pytest -n 0 'suites/syscalls/bind/test_bind.py::test_breaks[2]'")
    assert outcome.results["test_skips"]["reason"] == "one CPU only"
    hung = outcome.results["test_hangs"]["evidence"]
    assert hung["expected"] == "done within 0.2 s"
    assert hung["observed"].endswith("select.select([], [], [], 30)")
    assert "expected" in outcome.text
    assert "refused with EBADF" in outcome.text


def test_nothing_broken_is_status_0(small_suite):
    outcome = small_suite.run('''
        @promise
        def test_holds():
            """Holds."""

        @promise
        def test_skips():
            """Is skipped."""
            pytest.skip("one CPU only")
    ''')

    assert outcome.status == 0
    assert outcome.run["summary"]["pass"] == outcome.run["summary"]["skip"] == 1


def test_strict_environment_makes_errors_of_skips_but_not_of_na(small_suite):
    outcome = small_suite.run(
        '''
        @promise
        def test_skips():
            """Is skipped."""
            pytest.skip("one CPU only")

        @promise
        def test_is_not_there():
            """Is not there."""
            not_applicable("no such option yet")
    ''',
        *("-n", "0", "--strict-environment"),
    )

    assert outcome.status == 1
    assert outcome.verdicts == {"test_skips": "error", "test_is_not_there": "n/a"}


def test_a_dying_worker_is_a_crash_of_its_clause_and_the_rest_goes_on(small_suite):
    outcome = small_suite.run(
        '''
        import os

        @promise
        @pytest.mark.parametrize("number", range(6))
        def test_dies_for_three(number):
            """Dies for three."""
            if number == 3:
                os.kill(os.getpid(), 9)
    ''',
        *("-n", "2"),
    )

    assert outcome.status == 1
    assert outcome.verdicts == {
        f"test_dies_for_three[{number}]": "crash" if number == 3 else "pass" for number in range(6)
    }
    assert outcome.clauses["test_dies_for_three"]["statement"] == "Dies for three."


def test_the_record_survives_the_death_of_the_run(small_suite):
    """Lines are written as verdicts come: a killed run has lost nothing that it had proven."""
    small_suite.run('''
        import os

        @promise
        @pytest.mark.parametrize("number", range(6))
        def test_kills_the_run(number):
            """Kills the run."""
            if number == 3:
                os.kill(os.getpid(), 9)
    ''')

    run = load(small_suite.folder / "out" / "run.jsonl")

    assert not run.is_complete
    assert [result.verdict for result in run.results] == ["pass"] * 3


def test_an_interrupted_run_says_so(small_suite):
    outcome = small_suite.run(INTERRUPTED)

    assert outcome.status == 2
    assert outcome.run["interrupted"]
    assert json.dumps(outcome.verdicts) == json.dumps({f"test_interrupts[{number}]": "pass" for number in range(2)})


def test_a_record_that_cannot_be_written_is_one_clear_line(small_suite):
    place = small_suite.folder / "file"
    place.write_text("")

    outcome = small_suite.run("", "-n", "0", f"--record={place / os.sep.join(['in', 'it'])}")

    assert outcome.status == 4
    assert "choose another place with --record" in outcome.text
    assert "Traceback" not in outcome.text
