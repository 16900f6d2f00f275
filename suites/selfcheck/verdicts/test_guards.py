"""The guards see what a test leaves behind and what the kernel says."""

import os

import pytest

from fixtures import guards

LEAKS = '''
    import os
    from helpers.net import namespaces

    @promise
    def test_leaks_a_descriptor():
        """Leaks a descriptor."""
        os.open("/", os.O_RDONLY)

    @promise
    def test_leaks_a_child():
        """Leaks a child."""
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "30"])

    @promise
    def test_leaks_a_zombie():
        """Leaks a zombie."""
        if os.fork() == 0:
            os._exit(0)

    @promise
    def test_stays_in_a_namespace():
        """Stays in a namespace."""
        namespaces.unshare(namespaces.CLONE_NEWNET)

    @promise
    def test_leaks_nothing():
        """Leaks nothing."""
        os.close(os.open("/", os.O_RDONLY))
'''


def test_what_is_left_behind_is_an_error_of_the_test_that_left_it(small_suite):
    outcome = small_suite.run(LEAKS)

    assert outcome.verdicts["test_leaks_a_descriptor"] == "error"
    assert outcome.verdicts["test_leaks_a_child"] == "error"
    assert outcome.verdicts["test_stays_in_a_namespace"] == "error"
    assert outcome.verdicts["test_leaks_nothing"] == "pass"
    assert "descriptor" in outcome.results["test_leaks_a_descriptor"]["evidence"]["message"]
    assert "child" in outcome.results["test_leaks_a_child"]["evidence"]["message"]
    assert "net namespace" in outcome.results["test_stays_in_a_namespace"]["evidence"]["message"]


def test_a_zombie_is_an_error(small_suite):
    outcome = small_suite.run(LEAKS, "-n", "0", "-k", "zombie or nothing")

    assert outcome.verdicts == {"test_leaks_a_zombie": "error", "test_leaks_nothing": "pass"}


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: CPU: 0 PID: 1 at net/packet/af_packet.c:1 packet_snd+0x1/0x2",
        "WARNING: net/packet/af_packet.c:1 at packet_snd+0x1/0x2, CPU#0: python/1",
        "BUG: kernel NULL pointer dereference, address: 0000000000000000",
        "general protection fault, probably for non-canonical address",
        "refcount_t: underflow; use-after-free.",
        "unregister_netdevice: waiting for lo to become free. Usage count = 2",
    ],
)
def test_a_kernel_warning_breaks_the_clause_that_raised_it(small_suite, line):
    outcome = small_suite.run(f'''
        class Log:
            def __init__(self):
                self.lines = []

            def new_lines(self):
                lines, self.lines = self.lines, []
                return lines

        @pytest.fixture(scope="session")
        def kernel_log():
            return Log()

        @promise
        def test_alarms(kernel_log):
            """Alarms."""
            kernel_log.lines.append({line!r})

        @promise
        def test_chats(kernel_log):
            """Chats."""
            kernel_log.lines.append("device left entered promiscuous mode")
    ''')

    assert outcome.verdicts == {"test_alarms": "fail", "test_chats": "pass"}
    assert outcome.results["test_alarms"]["evidence"]["log"] == line


def test_a_warning_with_the_pid_of_a_sibling_is_not_ours(monkeypatch):
    """Workers see one log; each answers for its own processes."""
    line = f"WARNING: CPU: 0 PID: {os.getpid()} at net/core/dev.c:1"

    assert not guards._of_another_worker(line)

    monkeypatch.setattr(guards.os, "getpid", lambda: -1)
    assert guards._of_another_worker(line)


def test_what_a_broken_clause_leaves_is_no_second_fault(small_suite):
    """A call that should have been refused makes a socket that nobody expects: the guard closes it."""
    outcome = small_suite.run('''
        import os
        import socket

        @promise
        def test_breaks():
            """Breaks, and leaves a socket, a pipe and a zombie."""
            socket.socket().detach()
            os.pipe()
            if os.fork() == 0:
                os._exit(0)
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            assert 1 == 2

        @promise
        def test_holds():
            """Holds."""
    ''')

    assert outcome.verdicts == {"test_breaks": "fail", "test_holds": "pass"}
    assert "1 failed, 1 passed" in outcome.text
    assert "error" not in outcome.text.splitlines()[-1]
