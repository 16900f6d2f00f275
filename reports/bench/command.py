"""`sockproof bench`: its options, its ends, its exit status."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import click

from helpers.bench.sample import SUITE, name_of
from reports import suite
from reports.bench import model, sessions
from reports.bench.benchmark import Benchmark, finish, now, plans_of
from reports.bench.model import Bench, BenchFileError

SESSIONS = {"quick": 1, "default": 3, "full": 3}
COLLECTION_TIMEOUT = 120  # seconds
INTERRUPTED, BAD_INPUT, SLOWER = 130, 2, 1


class Terminated(KeyboardInterrupt):
    """SIGTERM: an end in order, as at an interrupt."""


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def list_cases(root: Path, selection: str, expression: str) -> list[str]:
    """List the names of a selection's cases; BenchFileError if they cannot be collected."""
    words = ["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", f"--bench={selection}", SUITE]
    words += ["-k", expression] if expression else []
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=root,
            env=sessions.environment(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COLLECTION_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise BenchFileError(f"collecting the benchmarks took more than {COLLECTION_TIMEOUT} s") from None
    lines = [line for line in done.stdout.splitlines() if line.startswith(SUITE) and "::" in line]
    if done.returncode or not lines:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()] or ["nothing said"]
        error = next((line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")), said[-1])
        raise BenchFileError("no benchmark is selected" if "deselected" in error else error)
    return [name_of(line) for line in lines]


def _refuse(message: object) -> None:
    click.echo(f"sockproof: {message}", err=True)


@click.command("bench")
@click.option("--quick", "selection", flag_value="quick", help="A few benchmarks in one session: 45 seconds.")
@click.option("--full", "selection", flag_value="full", help="All benchmarks; takes an hour.")
@click.option("--sessions", "count", type=click.IntRange(1, 99), metavar="N", help="Sessions of each target.")
@click.option("--target", "words", multiple=True, metavar="NAME", help="A kernel to measure (again: compared).")
@click.option("--against", "baseline", metavar="RUN", help="Compare with a bench.json, its folder, a time or 'last'.")
@click.option("--select", "expression", default="", metavar="EXPR", help="Only these benchmarks, as pytest's -k.")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Default: reports/out/bench.")
@click.option("--json", "as_json", is_flag=True, help="Print the record instead of the table.")
@click.option("--no-history", is_flag=True, help="Do not keep this run.")
@click.option("--list", "listed", is_flag=True, help="List the benchmarks and leave.")
def command(
    selection: str | None,
    count: int | None,
    words: tuple[str, ...],
    baseline: str | None,
    expression: str,
    output: Path | None,
    as_json: bool,
    no_history: bool,
    listed: bool,
) -> None:
    """Measure how fast this kernel moves frames through packet sockets: five minutes by default.

    \b
    sockproof bench --against last          # has it become slower since the last run?
    sockproof bench --target uml-6.1 --target uml-7.2
    sockproof bench --quick --select "receive and v3"

    Exit status: 0, 1 if something is slower (and was so again when measured anew), 2 for what cannot be measured or
    read, 130 after an interrupt; what was measured up to then is written.
    """  # noqa: D301
    root = Path(__file__).resolve().parents[2]
    chosen = selection or "default"
    try:
        if listed:
            click.echo("\n".join(list_cases(root, chosen, expression)))
            return
        from reports.bench import history

        old = history.find(baseline) if baseline is not None else None
        folder = (output or root / "reports" / "out" / "bench").absolute()
        folder.mkdir(parents=True, exist_ok=True)
        for left in [*folder.glob("session-*.log"), *folder.glob("session-*.json"), *folder.glob("index.html")]:
            left.unlink()
    except (BenchFileError, OSError) as error:
        _refuse(error)
        sys.exit(BAD_INPUT)
    plans, problems = plans_of(words, chosen, count or SESSIONS[chosen], expression)
    for problem in problems:
        _refuse(problem)
    bench = Bench(suite.facts(root), now(), chosen, ["sockproof", *sys.argv[1:]], notes=list(problems))
    if not plans:
        sys.exit(BAD_INPUT)
    sys.exit(_go(Benchmark(root, folder, bench, plans), old, not no_history, as_json) or (BAD_INPUT if problems else 0))


def _go(run: Benchmark, baseline: Bench | None, keep: bool, as_json: bool) -> int:
    """Measure, compare, write, show; give the exit status."""
    status = 0
    before = signal.signal(signal.SIGTERM, _terminate)
    began = time.monotonic()
    try:
        run.measure(run.plans)
        run.compare(baseline)
    except KeyboardInterrupt as reason:
        status = 128 + signal.SIGTERM if isinstance(reason, Terminated) else INTERRUPTED
        run.bench.notes.append(f"interrupted after {time.monotonic() - began:.0f} s: what was measured by then")
    except OSError as error:  # a disk that is full, a folder that is not ours
        _refuse(error)
        return BAD_INPUT
    finally:
        run.progress.stop()
        signal.signal(signal.SIGTERM, before)
    page = finish(run, keep and not status)
    from reports.bench import terminal

    if as_json:
        click.echo(json.dumps(run.bench.to_dict()))
    else:
        tty = sys.stdout.isatty()
        width = shutil.get_terminal_size((terminal.WIDTH, 24)).columns if tty else terminal.WIDTH
        click.echo(
            terminal.text(run.bench, page or run.folder / model.NAME, width=width, colour=tty), nl=False, color=tty
        )
    if status:
        return status
    if any(item.verdict == "slower" and item.confirmed for item in run.bench.comparisons):
        return SLOWER
    measured = all(run.bench.results_of(target) for target in run.bench.targets)
    return 0 if measured else BAD_INPUT
