"""A benchmark run as a whole: sessions measured, compared and confirmed; record, history and page written."""

import datetime
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.bench.sample import place_of
from helpers.kernels.kind import Target, TargetError
from helpers.kernels.targets import find, label
from reports import suite
from reports.bench import model, sessions
from reports.bench.model import CONFIRMATION, Bench, BenchFileError, Comparison
from reports.bench.progress import Progress
from reports.store import LAST

SECONDS = {"quick": 33.0, "default": 80.0, "full": None}  # of a session; with its start-up 40 s and 85 s
FULL_SECONDS = 1200.0  # that a full session is expected to take
LEAST_AGAIN = 6.0  # seconds of a session that measures again


class Benchmark:
    """One run of the command: its record grows in `folder` while sessions end."""

    def __init__(self, root: Path, folder: Path, bench: Bench, plans: Sequence[sessions.Plan]) -> None:
        self.root = root
        self.folder = folder
        self.bench = bench
        self.plans = list(plans)
        self.number = 0
        self.progress = Progress([plan.seconds or FULL_SECONDS for plan in plans])

    def measure(self, plans: Sequence[sessions.Plan]) -> None:
        """Run sessions; each is on record when it is over, also after an interrupt."""
        for plan in plans:
            self.number += 1
            session = sessions.begin(plan)
            self.bench.sessions.append(session)
            try:
                sessions.run(plan, session, self.root, self.folder, self.number, self.progress)
            finally:
                model.write(self.bench, self.folder / model.NAME)

    def compare(self, baseline: Bench | None, *, sides: bool = True) -> None:
        """Compare with the baseline and, if *sides*, targets with the first one; what is slower is measured again."""
        from reports.bench import against

        pairs = list(_pairs(self.bench, baseline, sides))
        for old, before, target in pairs:
            a = against.side_of(old, before, earlier=old is not self.bench)
            found, notes = against.compare(a, against.side_of(self.bench, target))
            self.bench.comparisons += found
            self.bench.notes += notes
        first = self.bench.comparisons
        again = against.flagged(first)
        if not again:
            return
        # an interrupt may end the second look: until then nobody can tell
        self.bench.comparisons = [against.seen_again(item, None) for item in first]
        self._measure_again(again, {name for old, *both in pairs for name in (both if old is self.bench else both[1:])})
        second: dict[tuple[str, str, str], Comparison] = {}
        for old, before, target in pairs:
            mine = old is self.bench
            a = against.side_of(old, before, earlier=not mine, purpose=CONFIRMATION if mine else "")
            b = against.side_of(self.bench, target, purpose=CONFIRMATION)
            second |= {(item.id, item.a, item.b): item for item in against.compare(a, b)[0]}
        self.bench.comparisons = [against.seen_again(item, second.get((item.id, item.a, item.b))) for item in first]

    def _measure_again(self, names: Sequence[str], targets: set[str]) -> None:
        """Measure some results again, in as many new sessions as there were at first."""
        total = max((len(session.results) for session in self.bench.sessions), default=1)
        plans = []
        for plan in self.plans:
            if plan.name in targets:
                whole = plan.seconds or FULL_SECONDS
                seconds = min(whole, max(LEAST_AGAIN, 2 * whole * len(names) / max(total, 1)))
                places = tuple(map(place_of, names))
                plans.append(replace(plan, places=places, expression="", seconds=seconds, purpose=CONFIRMATION))
        self.progress.more([plan.seconds or 0.0 for plan in plans])
        self.progress.say(f"measured again, to be sure: {len(names)} that seem slower")
        self.measure(plans)


def _pairs(bench: Bench, baseline: Bench | None, sides: bool) -> Iterator[tuple[Bench, str, str]]:
    """Give what is compared: a run, one of its targets, and the target of this run against it."""
    if baseline is not None:
        single = len(baseline.targets) == len(bench.targets) == 1
        for target in bench.targets:
            before = baseline.targets[0] if single else target
            if before in baseline.targets:
                yield baseline, before, target
            else:
                bench.notes.append(f"{target} is not in the run that is compared with: {', '.join(baseline.targets)}")
    for target in bench.targets[1:] if sides else ():
        yield bench, bench.targets[0], target


def plans_of(
    words: Sequence[str], selection: str, count: int, expression: str
) -> tuple[list[sessions.Plan], list[str]]:
    """Plan the sessions of the targets that are named, this kernel without any; also give why some have none."""
    found: dict[str, tuple[str, Target]] = {}
    problems = []
    for word in words or ["host"]:
        try:
            target = find(word)
        except TargetError as error:
            problems.append(str(error))
            continue
        name = label(word)
        twice = sum(known == name or known.startswith(f"{name}#") for known in found)
        found[f"{name}#{twice + 1}" if twice else name] = word, target  # the same one twice: A/A
    return [
        sessions.Plan(name, *found[name], boot, selection, SECONDS[selection], expression)
        for name, boot in sessions.order(list(found), count)
    ], problems


def finish(run: Benchmark, keep: bool, state: Path | None = None) -> Path | None:
    """Write record, history (in `state`) and page; give the page's file, None if it could not be drawn."""
    bench, folder = run.bench, run.folder
    bench.finished = now()
    try:
        model.write(bench, folder / model.NAME)
        from reports.bench import history, page

        past = history.load(state)  # the runs before this one
        if keep and any(session.results for session in bench.sessions):
            history.keep(bench, state)
        page.write(bench, folder / "index.html", past)
    except Exception as error:  # whatever is wrong with a picture: the numbers are written, and shown next
        run.progress.say(f"no page: {type(error).__name__}: {error}")
        return None
    return folder / "index.html"


def night(root: Path, folder: Path, state: Path, targets: Sequence[str]) -> str:
    """Measure targets in a session each, compare each with the last run that is kept in `state`, give a few lines."""
    from reports.bench import history

    folder.mkdir(parents=True, exist_ok=True)
    plans, problems = plans_of(targets, "quick", 1, "")
    bench = Bench(suite.facts(root), now(), "quick", ["sockproof", *sys.argv[1:]], notes=problems)
    run = Benchmark(root, folder, bench, plans)
    try:
        old = history.find(LAST, state)
    except BenchFileError:
        old = None
    try:
        run.measure(plans)
        run.compare(old, sides=False)
    finally:
        run.progress.stop()
    page = finish(run, True, state)
    slower = [f"{item.b} SLOWER {item.id}: {item.text}" for item in bench.comparisons if item.confirmed]
    failed = [f"{item.target} NOT MEASURED: {item.problem}" for item in bench.sessions if item.problem]
    return "\n".join([*failed, *slower, f"bench   {page or folder}"]) + "\n"


def now() -> str:
    """Give the time as a record has it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
