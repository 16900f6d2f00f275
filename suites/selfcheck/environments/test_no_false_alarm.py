"""Clauses that took something of the machine for granted: in no environment is one of them broken."""

import pytest

from suites.selfcheck.environments.surroundings import suite_in

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("initial_user_namespace")]

# those that were falsely broken somewhere, and some that need a wire
SELECTED = [
    "suites/inet/ip/test_bind.py",
    "suites/inet/tcp/test_listen_port.py",
    "suites/io/file/test_stat.py",
    "suites/io/file/test_xattr.py",
    "suites/io/signals/test_signals.py",
    "suites/packet/create/test_capabilities.py",
    "suites/packet/procfs/test_user.py",
    "suites/packet/send/test_fields.py",
    "suites/socket/buffers/test_buffers.py",
    "suites/socket/identity/test_peer.py",
    "suites/socket/options/test_privilege.py",
    "suites/syscalls/listen/test_backlog.py",
    "suites/unix/bind/test_path.py",
    "suites/unix/rights/test_sendmsg.py",
]
# environment: what the preflight finds missing, a word of every reason to skip; kinds share a run where they can
ENVIRONMENTS = {
    "plain": (set(), set()),
    "readonly-sysctl files-64": ({"open files"}, {"RLIMIT_NOFILE"}),
    "docker": ({"initial user namespace"}, {"initial user namespace"}),
    "rootless-readonly": ({"initial user namespace", "/proc/sys"}, {"initial user namespace", "read-only"}),
    "user-namespace no-mount": (
        {"initial user namespace", "a second user", "mount(2)"},
        {"initial user namespace", "second user", "mount(2)"},
    ),
    "children-ignored signals-blocked no-queued-signals capabilities": (
        {"queued signals", "CAP_CHOWN", "CAP_SETUID", "CAP_NET_BIND_SERVICE"},
        {"RLIMIT_SIGPENDING", "CAP_CHOWN", "CAP_SETUID", "CAP_NET_BIND_SERVICE"},
    ),
    "foreign-proc": (set(), set()),
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_is_broken_and_what_is_skipped_says_why(tmp_path, environment):
    lacks, reasons = ENVIRONMENTS[environment]

    outcome = suite_in(environment.split(), tmp_path, "-n", "0", "-p", "no:cacheprovider", *SELECTED)

    assert (outcome.broken, outcome.status) == ([], 0), outcome.out + outcome.err
    assert lacks <= outcome.lacks
    for word in reasons:
        assert any(word in reason for reason in outcome.reasons), (word, outcome.reasons)
    assert outcome.verdicts["pass"] > 10 * outcome.verdicts["skip"] or reasons  # the control: it is not all skipped
    assert outcome.verdicts["pass"] > 100
