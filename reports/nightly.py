"""`sockproof nightly`: the newest kernels fetched, proven, compared with their last good run; one exit status.

Its state folder keeps `runs/<time>/` (the record with its pages, `nightly.json`, `nightly.txt`), and `good.json`, which
names the last good run of each target. A target is good if its newest kernel was fetched, ran the suite to the end and
breaks nothing that its last good run held; one that could not be fetched or booted, or on which a clause that held was
not tried, is not proven, and never good.
"""

import datetime
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from helpers.kernels.kind import Kernel, TargetError
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import find, known, label
from helpers.process import signal_at_end_of
from reports import compare, files, matrix, store, wording
from reports import run as runs
from reports.clauses import clauses_of, count_clauses
from reports.model import Run

GOOD, REGRESSED, UNPROVEN = "good", "REGRESSED", "NOT PROVEN"
KEPT = 30  # runs, beside those that are some target's last good one
LONGEST_RUN = 12 * 3600  # seconds
_SIGTERM = 15


@dataclass
class Outcome:
    """What a night came to for one target; `clauses` counts them by standing."""

    target: str
    verdict: str
    kernel: str = ""
    problem: str = ""
    compared_with: str = ""
    comparison: dict[str, Any] | None = None
    clauses: dict[str, int] = field(default_factory=dict)


class NightlyError(Exception):
    """The nightly cannot run at all; the message is one line for the user."""


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the state folder for one nightly at a time; NightlyError names the one that holds it."""
    state.mkdir(parents=True, exist_ok=True)
    with open(state / "lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise NightlyError(f"another nightly is running on {state}: process {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def wanted(names: Sequence[str]) -> list[str]:
    """Give the targets that are named, else those with nightly = "yes" in the TOML files."""
    chosen = list(names) or [target.name for target in known().values() if target.settings.get("nightly") == "yes"]
    if not chosen:
        raise NightlyError('no target has nightly = "yes"; name some, or write it: sockproof targets add')
    return list(dict.fromkeys(chosen))


def prove(root: Path, folder: Path, targets: Sequence[str], arguments: Sequence[str]) -> int:
    """Run the suite on the targets, with the record in `folder`; give pytest's exit status."""
    command = [sys.executable, "-m", "pytest", f"--record={folder}", *(f"--target={name}" for name in targets)]
    parent = os.getpid()
    log = None if sys.stdout.isatty() else (folder / "pytest.log").open("w")
    try:
        return subprocess.run(
            [*command, *arguments],
            cwd=root,
            stdout=log,
            stderr=log,
            timeout=LONGEST_RUN,
            check=False,
            preexec_fn=lambda: signal_at_end_of(parent, _SIGTERM),
        ).returncode
    except subprocess.TimeoutExpired:
        return 1
    finally:
        if log:
            log.close()


def _load(folder: Path) -> Run | None:
    try:
        return runs.load(folder)
    except runs.RunFileError:
        return None


def newest(name: str) -> Kernel:
    """Fetch the newest kernel of the target *name*; PackageError or TargetError if it cannot be had."""
    target = find(name)
    return target.kind.newest(target)


def judge(target: str, kernel: Kernel, new: Run | None, old: Run | None, old_name: str) -> Outcome:
    """Say what the night came to for a target whose kernel was fetched."""
    found = compare.compare(old, new, target)
    problem = found.problem
    ran = str(new.kernel.get("release", "")) if new else ""
    if not problem and kernel.release and ran != kernel.release:
        problem = f"{kernel.release} was fetched ({kernel.source}), but {ran} ran"
    untried = found.of("not tried")
    if untried and not problem and not found.regressed:
        problem = f"{wording.counted(len(untried), 'clause')} that held not tried: the suite's own set-up failed"
    verdict = UNPROVEN if problem else REGRESSED if found.regressed else GOOD
    told = found.to_dict() if old is not None else None
    counts = count_clauses(clauses_of(new)) if new else {}
    return Outcome(target, verdict, wording.kernel_name(new) if new else "", problem, old_name, told, counts)


def stamp_now() -> str:
    """Give the name of a night that begins now."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")


def night(root: Path, state: Path, names: Sequence[str], arguments: Sequence[str], keep: int) -> tuple[Path, int]:
    """Fetch, prove, compare, keep; give the folder of this night and the exit status."""
    stamp = stamp_now()
    kept = store.nights(state)
    folder = kept.add(stamp, lambda folder: None)
    kernels: dict[str, Kernel] = {}
    outcomes: dict[str, Outcome] = {}
    for name in names:
        try:
            kernels[name] = newest(name)
        except (PackageError, TargetError) as error:
            outcomes[name] = Outcome(label(name), UNPROVEN, problem=str(error))
    if kernels:
        prove(root, folder, list(kernels), arguments)
    good = store.good_nights(state)
    for name, kernel in kernels.items():
        target = label(name)
        old_name = good.get(_key(target, arguments), "")
        old = _load(kept.path(old_name) / target) if old_name else None
        outcomes[name] = judge(target, kernel, _load(folder / target), old, old_name if old else "")
    good |= {_key(outcome.target, arguments): stamp for outcome in outcomes.values() if outcome.verdict == GOOD}
    ordered = [outcomes[name] for name in names]
    told = json.dumps({"time": stamp, "targets": [asdict(item) for item in ordered]}, indent=2)
    files.write_text(f"{told}\n", folder / "nightly.json")
    files.write_text(text(stamp, ordered, folder), folder / "nightly.txt")
    store.write_good_nights(state, good)
    kept.prune(keep, {*good.values(), stamp})
    return folder, int(any(outcome.verdict != GOOD for outcome in ordered))


def _key(target: str, arguments: Sequence[str]) -> str:
    """Name what a night is compared with: a part of the suite only with the same part."""
    return " ".join([target, *arguments])


def text(stamp: str, outcomes: Sequence[Outcome], folder: Path) -> str:
    """Give the night's report: a line for each target, then what changed."""
    good = sum(outcome.verdict == GOOD for outcome in outcomes)
    width = max(len(outcome.target) for outcome in outcomes)
    lines = [f"sockproof nightly {stamp}: {good} of {wording.counted(len(outcomes), 'target')} good"]
    for outcome in outcomes:
        lines.append(f"{outcome.target.ljust(width)}  {outcome.verdict.ljust(10)}  {_told(outcome)}".rstrip())
    for outcome in outcomes:
        lines += _changes(outcome)
    page = folder / matrix.NAME
    lines.append(f"report  {page if page.exists() else folder}")
    return "\n".join(lines) + "\n"


def _told(outcome: Outcome) -> str:
    if outcome.problem:
        return outcome.problem
    counts: Mapping[str, int] = (outcome.comparison or {}).get("counts", {})
    changed = [f"{count} {kind}" for kind, count in counts.items() if count]
    against = f"since {outcome.compared_with}" if outcome.compared_with else "first good run, compared with none"
    became = f"{', '.join(changed) or 'nothing changed'} {against}" if counts else against
    untried = outcome.clauses.get("not tried", 0)
    beside = f"; {wording.counted(untried, 'clause')} not tried, the suite's own set-up failed" if untried else ""
    return f"{outcome.kernel}, {became}{beside}"


def _changes(outcome: Outcome) -> list[str]:
    shown = [
        change
        for change in (outcome.comparison or {}).get("changes", [])
        if change["kind"] in ("regressed", "newly broken", "not tried", "newly not tried", "lost")
    ]
    return [
        f"{outcome.target} {change['kind'].upper()} {change['subject']}: {change['statement']}\n    "
        + "\n    ".join(change["cases"][:3])
        for change in shown
    ]


def _measure(root: Path, folder: Path, state: Path, names: Sequence[str]) -> None:
    """Measure the targets that are good, and add what came of it to the night's text: speed decides no verdict."""
    from reports.bench import benchmark

    outcomes = json.loads((folder / "nightly.json").read_text())["targets"]
    good = [name for name, outcome in zip(names, outcomes, strict=True) if outcome["verdict"] == GOOD]
    if good:
        told = benchmark.night(root, folder / "bench", state / "bench", good)
        files.write_text((folder / "nightly.txt").read_text() + told, folder / "nightly.txt")


@click.command("nightly")
@click.option(
    "--target", "names", multiple=True, metavar="NAME", help='A target (default: those with nightly = "yes").'
)
@click.option(
    "--state", type=click.Path(path_type=Path), help="Where runs are kept (default: ~/.local/state/sockproof)."
)
@click.option("--keep", default=KEPT, show_default=True, type=click.IntRange(1), help="How many runs are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--bench", is_flag=True, help="Then measure the good targets, 45 seconds each, and keep the trend.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(
    names: tuple[str, ...],
    state: Path | None,
    keep: int,
    as_json: bool,
    bench: bool,
    pytest_args: tuple[str, ...],
) -> None:
    """Fetch the newest kernels, prove them, compare each with its last good run, print the report.

    Exit status: 0 every target is good, 1 something regressed or was not proven, 2 the nightly could not run.
    PYTEST_ARGS (after --) select a part of the suite. Speed (--bench) is shown, and changes no exit status. For cron, a
    systemd timer and CI see examples/nightly.
    """
    place = (state or store.state_folder()).absolute()
    try:
        with locked(place):
            root = Path(__file__).resolve().parents[1]
            chosen = wanted(names)
            folder, status = night(root, place, chosen, pytest_args, keep)
            if bench:
                _measure(root, folder, place, chosen)
            told = (folder / f"nightly.{'json' if as_json else 'txt'}").read_text()
            click.echo(wording.printable(told), nl=False)
    except (NightlyError, TargetError, OSError) as error:
        click.echo(f"sockproof: {error}", err=True)
        sys.exit(2)
    sys.exit(status)
