"""Runs of ``sockproof bench`` whose sessions are fake, for the checks of its order, its ends and its comparisons."""

import json
import sys
from pathlib import Path

from click.testing import CliRunner

from reports import cli
from reports.bench import child, model, page, sessions
from suites.selfcheck.bench import fake_bench
from suites.selfcheck.bench.fake_bench import NAME

FAKE = str(Path(fake_bench.__file__))
OTHER = "send/ring[v2-64-qdisc]"


class Benches:
    """Benchmark runs whose sessions are fake: *plays* gives a plan's behaviour as fake_bench takes it."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.plans = []
        self.plays = lambda plan: {}
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.setattr(sessions, "command", self.command)
        monkeypatch.setattr(child, "GRACE", 0.3)
        monkeypatch.setattr(page, "write", lambda bench, file, history: file.write_text(f"{len(history)} before"))

    def command(self, plan, *_):
        """Give the command of a session."""
        self.plans.append(plan)
        return [sys.executable, FAKE, json.dumps({"boot": len(self.plans), **self.plays(plan)})]

    def __call__(self, *words, output="out"):
        """Run the command; return its exit status and what it printed."""
        done = CliRunner().invoke(cli.main, ["bench", f"--output={self.folder / output}", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.output

    def bench(self, output="out"):
        """Return the record."""
        return model.load(self.folder / output)

    def slows(self, share, *, again=None, name=NAME):
        """Have *name* run at *share* of its speed, when measured again at *again* of it."""
        shares = {"": share, "confirmation": share if again is None else again}
        self.plays = lambda plan: {"speeds": {NAME: 1e6, OTHER: 5e5} | {name: 1e6 * shares[plan.purpose]}}
