"""--slow-factor scales every deadline and the limit of each test, that of its own too."""

import pytest

from fixtures import timing

LIMITS = '''
    from helpers import wait

    def limit(request):
        return request.node.get_closest_marker("timeout").args[0]

    @promise
    def test_common(request):
        """Has the common limit."""
        assert (limit(request), wait.scaled(1)) == ({common}, {factor})

    @promise
    @pytest.mark.timeout(3)
    def test_own(request):
        """Has a limit of its own."""
        assert limit(request) == {own}

    @promise
    @pytest.mark.timeout(0.25)
    def test_waits_longer_than_its_own_limit():
        """Waits 0.5 s."""
        import select
        select.select([], [], [], 0.5)

    @promise
    def test_waits():
        """Waits in vain, as long as it is told."""
        with wait.elapsed() as seconds, pytest.raises(wait.DeadlineError):
            wait.until(lambda: False, "it", 0.05)
        assert seconds[0] >= 0.05 * {factor}
'''


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("factor", "workers", "verdict"), [(1.0, "0", "timeout"), (40.0, "2", "pass")])
def test_limits_and_deadlines_are_scaled(small_suite, factor, workers, verdict):
    text = LIMITS.format(common=timing.TEST_LIMIT * factor, own=3 * factor, factor=factor)
    arguments = [] if factor == 1 else [f"--slow-factor={factor:g}"]

    outcome = small_suite.run(text, "-n", workers, *arguments)

    assert outcome.verdicts == {
        "test_common": "pass",
        "test_own": "pass",
        "test_waits_longer_than_its_own_limit": verdict,
        "test_waits": "pass",
    }
