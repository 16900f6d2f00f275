"""Runs for the tests of reports/: small, with every field filled."""

from typing import Any

from reports.model import ClauseFacts, Result, Run
from reports.run import RunWriter

SUITE = {"name": "sockproof", "version": "0.1.0", "commit": "3f9a12c07be4d5a6", "dirty": False}
KERNEL = {
    "release": "6.18.3",
    "version": "#1 SMP",
    "machine": "x86_64",
    "distribution": "Debian GNU/Linux 13",
    "config_source": "/proc/config.gz",
    "cpus": 2,
    "privileges": "root",
    "user": {"uid": 0},
    "taint": 512,
    "platform": "VM",
    "python": "3.11.7",
    "ia32": True,
    "features": {},
}


FILE = "suites/syscalls/bind/test_arguments.py"
FOLDERS = {"syscalls": "What a call promises of any socket.", "syscalls/bind": "bind(2): descriptor and address."}


def result(name="test_refused", verdict="pass", *, case=None, **changes):
    """Give one result of the clause `name` in FILE, with what the clause says, and with `changes` made to it."""
    clause = f"{FILE}::{name}"
    node = f"{clause}[{case}]" if case else clause
    return {
        "id": node,
        "clause": clause,
        "case": case,
        "subject": "syscalls/bind",
        "statement": "An address that is not mapped is refused with EFAULT.",
        "since": "2.2",
        "level": "documented",
        "refs": ["man:bind(2)", "src:net/socket.c:__sys_bind", "uapi:linux/if_packet.h", "cve:CVE-2017-7308"],
        "covers": ["syscall:bind", "errno:bind:EFAULT"],
        "domains": ["packet"],
        "formerly": None,
        "line": 12,
        "verdict": verdict,
        "duration": 0.0123,
        "worker": "gw0",
        "reason": None,
        "evidence": None,
        "repeat": f"pytest -n 0 '{node}'",
        **changes,
    }


def parts(told: dict[str, Any]) -> tuple[ClauseFacts, Result]:
    """Give a result's clause and the result alone, as a record has them."""
    return ClauseFacts.from_dict({**told, "id": told["clause"]}), Result.from_dict(told)


def entry(token, *, subject=None, clauses=(), reason=None):
    """Give one entry of the surface."""
    kind, _, rest = token.partition(":")
    return {
        "token": token,
        "kind": kind,
        "subject": subject or rest.partition(":")[0],
        "clauses": list(clauses),
        "reason": reason,
    }


def written(folder, results, surface=(), **end) -> Run:
    """Write a whole run into `folder` and give it."""
    with RunWriter(folder, durable=False) as writer:
        writer.write_start(suite=SUITE, kernel=KERNEL, command=["pytest", "-n", "auto"], folders=FOLDERS)
        for item in results:
            writer.write_result(*parts(item))
        return writer.finish(**{"exit_status": 1, "surface": surface, **end})
