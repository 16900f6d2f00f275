"""The command `sockproof`: run the suite, draw a run's report, list the clauses."""

import io
import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from helpers import signals, streams
from helpers.kernels import targets as kernels
from helpers.kernels import user_targets
from helpers.kernels.kind import Target, TargetError
from helpers.moved import MovedError
from reports import catalogue as catalogues
from reports import compare as comparing
from reports import doctor, drawing, html, nightly, run_folders, store, suite
from reports import run as runs
from reports.bench import command as bench
from reports.printing import printed, say
from reports.usage import Group, Problem, RunCommand, note, settings

PIPE_WIDTH = 160  # columns of a table that goes to no terminal
COLLECTION_TIMEOUT = 300  # seconds


def suite_root() -> Path:
    """Give the folder that has pyproject.toml and suites/, found from where this file lies."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "pyproject.toml").is_file() and (folder / "suites").is_dir():
            return folder
    raise Problem("no suites/ beside this installation; install from a clone with: pip install -e .")


@click.group(cls=Group, context_settings=settings())
@click.version_option(suite.version(), prog_name="sockproof", message="%(prog)s %(version)s")
def main() -> None:
    """Prove the Linux socket API on the kernel that runs this."""
    streams.start_again_with_all()
    signals.put_right()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a statement may have what the terminal's encoding has not


@main.command(cls=RunCommand, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument(
    "pytest_args",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=lambda ctx, _, incomplete: ctx.command.shell_complete(ctx, incomplete),
)
def run(pytest_args: tuple[str, ...]) -> None:
    """Run the suite, or the part that PYTEST_ARGS select; paths are relative to the suite's root.

    All CPUs are used unless -n or -p no:xdist is given. The exit status is pytest's: 0 nothing unexpected, 1 clauses
    broken or not tried, 2 interrupted, or a target that cannot be, 3 a fault of the suite, 4 cannot run here, or wrong
    use, 5 nothing was selected.
    """
    given = list(pytest_args)
    if "--targets" in given:
        place = given.index("--targets")
        names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), given[place + 1 :]))
        _refuse_paths(names)
        given[place : place + 1 + len(names)] = [f"--target={name}" for name in names]
    command = [sys.executable, "-m", "pytest", *_workers(given), *given]
    os.environ[suite.FROM] = os.getcwd()
    os.chdir(suite_root())
    sys.stdout.flush()
    os.execv(command[0], command)  # so that signals and the exit status are pytest's own


def _refuse_paths(names: Sequence[str]) -> None:
    """Problem for a path among names of targets: what to prove stands before --targets, or behind another option."""
    root = suite_root()
    paths = [name for name in names if "=" not in name and ("/" in name or "::" in name or (root / name).exists())]
    paths = [name for name in paths if name not in _known_targets()]
    if paths:
        meant = [*(f"--target={name}" for name in names if name not in paths), *paths]
        raise Problem(f"{paths[0]} is no target but a path; did you mean: sockproof run {shlex.join(meant)}")


def _workers(arguments: Sequence[str]) -> list[str]:
    """Give the option for a worker per CPU, or nothing if the arguments settle it."""
    for place, argument in enumerate(arguments):
        after = arguments[place + 1] if place + 1 < len(arguments) else ""
        if argument in ("-pno:xdist", "-p=no:xdist") or (argument == "-p" and after == "no:xdist"):
            return []
        if argument.startswith(("-n", "--numprocesses", "--target")):
            return []
    return ["-n", "auto"]


@main.group(cls=Group)
def targets() -> None:
    """The kernels that "run --target" can prove."""


@targets.command("list")
def list_targets() -> None:
    """Name every target, those that come with the suite and your own (marked with a star)."""
    known = _known_targets()
    own = kernels.own()
    for target in known.values():
        click.echo(f"{target.name:12}{'*' if target.name in own else ' '}{target.kind.describe(target)}")


@targets.command("show")
@click.argument("name")
def show_target(name: str) -> None:
    """Print the settings of the target NAME."""
    target = _known_targets().get(name)
    if target is None:
        raise Problem(f"there is no target {name!r}; 'sockproof targets list' names them")
    for key, value in {"kind": target.kind.name, "text": target.text, **target.settings}.items():
        click.echo(f"{key} = {json.dumps(value)}")
    click.echo(f"# from {kernels.user_file() if target.name in kernels.own() else kernels.SHIPPED}")


@targets.command("add")
@click.argument("name")
@click.argument("settings", nargs=-1, required=True, metavar="SETTING=VALUE…")
@click.option("--replace", is_flag=True, help="Overwrite your target of that name.")
def add_target(name: str, settings: tuple[str, ...], replace: bool) -> None:
    """Write the target NAME into your own file: $XDG_CONFIG_HOME/sockproof/targets.toml, by default in ~/.config.

    \b
    sockproof targets add mine uml=/path/to/linux modules=/path/to/lib/modules/VERSION
    sockproof targets add next kernel=/path/to/bzImage memory=2G nightly=yes
    sockproof targets add board ssh=root@board python=/usr/bin/python3.12
    sockproof targets add forky kind=qemu release=forky accelerator=kvm

    Settings of every kind: text, cores (that it takes), pace (times as slow as this machine's kernel), nightly (yes or
    no). A name that the suite has too replaces the suite's.
    """  # noqa: D301
    try:
        target, file = user_targets.add(name, user_targets.parse(settings), replace)
    except TargetError as error:
        raise Problem(str(error)) from error
    click.echo(f"{target.name} ({target.kind.name}) is in {file}")


@main.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(old: str, new: str, as_json: bool) -> None:
    """Report what changed from the run OLD to the run NEW, of one kernel or of several targets.

    A run is named by its id, its time or the beginning of it, "last", "last-full" (the last one of the whole suite),
    "last-night" (of "sockproof nightly"), or the path of a folder, a run.json or a run.jsonl.

    The exit status is 1 if anything regressed (a case that passed is broken), or if NEW did not come to its end or did
    not try a clause that held, and so proves less; 2 if one of them cannot be read; else 0. A skipped or vanished proof
    is shown, but no regression.
    """
    try:
        found = comparing.compare_all(*(comparing.load_all(_place_of(run), note) for run in (old, new)))
    except (runs.RunFileError, MovedError) as error:
        raise Problem(str(error)) from error
    if as_json:
        say(json.dumps([comparison.to_dict() for comparison in found], indent=2) + "\n")
    else:
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size((100, 24)).columns if terminal else PIPE_WIDTH
        say(comparing.text(found, width=width, colour=terminal))
    sys.exit(int(any(comparison.regressed or not comparison.proven for comparison in found)))


def _place_of(run: str) -> Path:
    """Give where a run lies that is named by a path, or as the runs and nights that are kept have it."""
    try:
        return run_folders.find(run, suite_root())
    except store.StoreError as error:
        raise runs.RunFileError(str(error)) from None


def _known_targets() -> dict[str, Target]:
    try:
        return kernels.known()
    except TargetError as error:
        raise Problem(str(error)) from error


@main.command()
@click.argument("run_name", metavar="[RUN]", default=run_folders.LAST)
@click.option("--output", "-o", metavar="FILE", help="Where the HTML goes; a name that ends with / is a folder's.")
def report(run_name: str, output: str | None) -> None:
    """Draw the HTML report of RUN again, by default of the last run.

    RUN is named as for "compare". The exit status is 1 if run.json was damaged, so that run.jsonl had to do.
    """
    damage: list[str] = []
    try:
        source = _place_of(run_name)
        loaded = comparing.load_all(source, damage.append)
    except runs.RunFileError as error:
        raise Problem(str(error)) from error
    for line in damage:
        note(line)
    target = Path(output) if output else (source if source.is_dir() else source.parent) / html.NAME
    if output and output.endswith("/"):
        target /= html.NAME
    elif target.is_dir():
        raise Problem(f"{target}: is a folder; --output names a file, or a folder with a / at its end")
    try:
        drawing.draw(loaded, target)
    except OSError as error:
        raise Problem(f"{error.filename or target}: {error.strerror or error}") from error
    sys.exit(int(bool(damage)))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON: clauses, surface and folders.")
@click.option("--uncovered", is_flag=True, help="Print what of the API's surface no clause covers yet.")
@click.argument("substring", required=False, default="")
def catalogue(as_json: bool, uncovered: bool, substring: str) -> None:
    """List every clause by folder, with level, first release, sources and test; only those with SUBSTRING, if given.

    An id that a clause had before it moved or was renamed finds it, too. The exit status is 1 if SUBSTRING finds
    nothing.
    """
    try:
        found = catalogues.matching(collect(suite_root()), substring)
        nothing = not (found.uncovered if uncovered else found.clauses)
    except (catalogues.CatalogueError, MovedError) as error:
        raise Problem(str(error)) from error
    if as_json:
        shown = {"surface": list(map(asdict, found.uncovered))} if uncovered else found.to_dict()
        say(json.dumps(shown, indent=2) + "\n")
    elif not (nothing and substring):
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size((100, 24)).columns if terminal else PIPE_WIDTH
        show = catalogues.show_uncovered if uncovered else catalogues.show_clauses
        say(printed(partial(show, found), width=width, colour=terminal))
    if nothing and substring:
        note(f"nothing has {substring!r} in it")
        sys.exit(1)


def collect(root: Path) -> catalogues.Catalogue:
    """Have pytest collect the suite without running it; Problem with the reason if that fails."""
    with tempfile.TemporaryDirectory(prefix="sockproof-") as folder:
        file = Path(folder, "catalogue.json")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "--tb=short",
            "-n",
            "0",
            f"--catalogue={file}",
        ]
        try:
            done = subprocess.run(
                command, cwd=root, capture_output=True, text=True, errors="replace", timeout=COLLECTION_TIMEOUT
            )
        except subprocess.TimeoutExpired as error:
            raise Problem(f"collecting the suite took more than {COLLECTION_TIMEOUT} s") from error
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise Problem(f"the suite could not be collected (pytest's exit status {done.returncode})")
        return catalogues.load(file)


main.add_command(nightly.command)
main.add_command(bench.command)
main.add_command(doctor.command)
