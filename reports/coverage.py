"""What a run says about the API's surface: subject by kind tables and what is left uncovered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.clauses import Clause, combine, standing_of
from reports.model import Result, Run, SurfaceEntry

# What a surface entry can come to, beside the standings of its clauses.
UNRUN, UNSHOWABLE, OPEN = "unrun", "unshowable", "open"

ASPECTS = ("set", "get", "effect", "error")
FAMILIES = ("packet", "unix", "inet", "inet6", "netlink")
TYPES = ("stream", "tcp", "mptcp", "sctp", "dgram", "udp", "icmp", "icmpv6", "raw", "seqpacket", "sock_packet")
NO_SOCKET = "none"
_COUNTED = ("broken", "not tried", "deviates")  # states whose share of the cases is told
TALLEST = 26  # rows of an option table before it goes on beside itself
TITLES = {
    "status": "Status bits",
    "pkttype": "Packet types",
    "fanout": "Fanout modes",
    "fanout_flag": "Fanout flags",
    "membership": "Membership types",
    "msg": "Message flags",
    "errno": "Other errnos",
    "ioctl": "ioctls",
}


@dataclass
class Point:
    """A surface entry with what this run showed of it."""

    token: str
    kind: str
    subject: str
    state: str
    clauses: list[str]
    reason: str | None

    @property
    def name(self) -> str:
        """The token without its kind."""
        return self.token.partition(":")[2] or self.token


@dataclass
class Cell:
    """A place in a table: its state, the figure in it, what it says in full, the clause it leads to."""

    state: str
    text: str = ""
    title: str = ""
    clause: str | None = None


@dataclass
class Row:
    """A table's row; `points` are the errnos behind its count, if it has one."""

    name: str
    cells: list[Cell | None]
    points: list[Point] = field(default_factory=list)


@dataclass
class Table:
    """A matrix: one heading per cell of each row."""

    columns: list[str]
    rows: list[Row]
    title: str = ""
    kinds: list[str] = field(default_factory=list)
    """Columns that are kinds of sockets: family and type."""

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """The columns in groups: those of two words ("packet raw") under their first, any other alone under ""."""
        found: list[tuple[str, list[str]]] = []
        for column in self.columns if self.kinds else ():
            first = column.partition(" ")[0] if column in self.kinds else ""
            if first and found and found[-1][0] == first:
                found[-1][1].append(column)
            else:
                found.append((first, [column]))
        return found


@dataclass
class Coverage:
    """The whole surface, ready to be shown; `lists` holds the kinds that are no table."""

    points: list[Point]
    syscalls: Table
    options: list[Table]
    lists: dict[str, list[Point]]

    @property
    def uncovered(self) -> list[Point]:
        """What nothing covers and nothing excuses."""
        return [point for point in self.points if point.state == OPEN]

    @property
    def unshowable(self) -> list[Point]:
        """What nothing covers, with the reason."""
        return [point for point in self.points if point.state == UNSHOWABLE]

    @property
    def covered(self) -> int:
        """How many entries have a clause."""
        return len(self.points) - len(self.uncovered) - len(self.unshowable)


def coverage_of(run: Run, clauses: Sequence[Clause]) -> Coverage:
    """Put the run's surface and its clauses together; tokens that only a clause names count as surface, too."""
    standing = {clause.id: clause.standing for clause in clauses}
    points = [_point(entry, standing) for entry in _entries(run, clauses)]
    syscalls, rest = _syscalls(clauses, points)
    options, rest = _options(rest)
    lists: dict[str, list[Point]] = {}
    for point in rest:
        lists.setdefault(TITLES.get(point.kind, point.kind.capitalize()), []).append(point)
    return Coverage(points, syscalls, options, lists)


def _entries(run: Run, clauses: Iterable[Clause]) -> list[SurfaceEntry]:
    named: dict[str, dict[str, None]] = {entry.token: dict.fromkeys(entry.clauses) for entry in run.surface}
    for clause in clauses:
        for token in clause.covers:
            named.setdefault(token, {})[clause.id] = None
    entries = {entry.token: entry for entry in run.surface}
    return [
        SurfaceEntry(
            token=token,
            kind=entries[token].kind if token in entries else token.partition(":")[0],
            subject=entries[token].subject if token in entries else token.split(":")[min(1, token.count(":"))],
            clauses=list(ids),
            reason=entries[token].reason if token in entries else None,
        )
        for token, ids in named.items()
    ]


def _point(entry: SurfaceEntry, standing: dict[str, str]) -> Point:
    ran = [standing[clause] for clause in entry.clauses if clause in standing]
    if ran:
        state = combine(ran)
    elif entry.clauses:
        state = UNRUN
    else:
        state = UNSHOWABLE if entry.reason else OPEN
    # A link leads to what broke, if something did, and to a clause of this run rather than to one that did not run.
    ids = sorted(entry.clauses, key=lambda clause: (standing.get(clause) != "broken", clause not in standing))
    return Point(entry.token, entry.kind, entry.subject, state, ids, entry.reason)


def _syscalls(clauses: Iterable[Clause], points: list[Point]) -> tuple[Table, list[Point]]:
    calls = {point.name: point for point in points if point.kind == "syscall"}
    errnos: dict[str, list[Point]] = {}
    rest = []
    for point in points:
        if point.kind == "errno" and point.name.partition(":")[0] in calls:
            errnos.setdefault(point.name.partition(":")[0], []).append(point)
        elif point.kind != "syscall":
            rest.append(point)
    cases: dict[str, dict[str, list[Result]]] = {name: {} for name in calls}
    for clause in clauses:
        named = {token.partition(":")[2] for token in clause.covers if token.startswith("syscall:")}
        for name in named & cases.keys():
            for result in clause.cases:
                for kind in dict.fromkeys(result.used or result.domains) or [NO_SOCKET]:  # old records have domains
                    cases[name].setdefault(kind, []).append(result)
    kinds = _ordered({kind for found in cases.values() for kind in found})
    rows = [
        Row(
            name,
            [
                _clauses_cell(point),
                *(_cases_cell(cases[name].get(kind), kind) for kind in kinds),
                _errnos_cell(errnos.get(name, [])),
            ],
            errnos.get(name, []),
        )
        for name, point in calls.items()
    ]
    return Table(["clauses", *kinds, "errnos covered"], rows, kinds=[kind for kind in kinds if " " in kind]), rest


def _ordered(kinds: set[str]) -> list[str]:
    """Return kinds of sockets by family, then type; those without a rank behind the others, NO_SOCKET last."""
    families = {name: place for place, name in enumerate((*FAMILIES, "", NO_SOCKET))}
    types = {name: place for place, name in enumerate(("", *TYPES))}

    def place(kind: str) -> tuple[int, str, int, str]:
        family, _, type_ = kind.partition(" ")
        return families.get(family, families[""]), family, types.get(type_, len(types)), type_

    return sorted(kinds, key=place)


def _clauses_cell(point: Point) -> Cell:
    number = len(point.clauses)
    title = f"{number} clause{'s' * (number != 1)}" if number else point.reason or "no clause yet"
    return Cell(point.state, str(number), title, point.clauses[0] if point.clauses else None)


def _cases_cell(results: list[Result] | None, kind: str) -> Cell | None:
    if not results:
        return None
    standings = Counter(standing_of(result.verdict) for result in results)
    state = combine(standings)
    figure = standings["held"] if state == "partly" else standings[state] if state in _COUNTED else None
    total = len(results)
    verdicts = Counter(result.verdict for result in results)
    told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    first = next((result.clause for result in results if standing_of(result.verdict) == state), results[0].clause)
    where = "without a socket" if kind == NO_SOCKET else f"on {kind} sockets"
    text = str(total) if figure is None else f"{figure}/{total}"
    return Cell(state, text, f"{total} case{'s' * (total != 1)} {where}: {told}", first)


def _errnos_cell(errnos: list[Point]) -> Cell | None:
    if not errnos:
        return None
    ran = [point.state for point in errnos if point.state not in (UNRUN, UNSHOWABLE, OPEN)]
    covered = sum(bool(point.clauses) for point in errnos)
    missing = [point.name.partition(":")[2] for point in errnos if point.state == OPEN]
    hidden = sum(point.state == UNSHOWABLE for point in errnos)
    possible = len(errnos) - hidden
    state = combine(ran) if ran else UNRUN if covered else OPEN if missing else UNSHOWABLE
    if missing and state == "held":
        state = "partly"
    title = f"{covered} of {possible} errnos that can be shown have a clause"
    title += f"; not {', '.join(missing)}" if missing else ""
    title += f"; {hidden} more cannot be shown" if hidden else ""
    return Cell(state, f"{covered}/{possible}", title)


def _options(points: list[Point]) -> tuple[list[Table], list[Point]]:
    levels: dict[str, dict[str, dict[str, Point]]] = {}
    rest = []
    for point in points:
        if point.kind != "option":
            rest.append(point)
            continue
        name, _, aspect = point.name.rpartition(":") if ":" in point.name else (point.name, "", "use")
        # The subject is the level that the option belongs to, unless the surface gave the option itself.
        level = "" if point.subject == name else point.subject
        levels.setdefault(level, {}).setdefault(name, {})[aspect] = point
    return [table for level, rows in levels.items() for table in _option_tables(level, rows)], rest


def _option_tables(level: str, options: dict[str, dict[str, Point]]) -> Iterator[Table]:
    found = {aspect for row in options.values() for aspect in row}
    columns = [*ASPECTS, *sorted(found - set(ASPECTS))]
    rows = [
        Row(name, [_point_cell(row[column]) if column in row else None for column in columns])
        for name, row in options.items()
    ]
    pieces = -(-len(rows) // TALLEST)
    height = -(-len(rows) // pieces)
    for start in range(0, len(rows), height):
        title = f"{level}, continued" if level and start else level
        yield Table(columns, rows[start : start + height], title)


def _point_cell(point: Point) -> Cell:
    number = len(point.clauses)
    title = f"{point.token}: {number} clause{'s' * (number != 1)}" if number else point.reason or "no clause yet"
    return Cell(point.state, str(number or ""), title, point.clauses[0] if number else None)
