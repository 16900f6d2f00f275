"""What a benchmark's rounds come to: plain data, as it stands in the record (seconds, frames, bytes)."""

from dataclasses import asdict, dataclass, field
from typing import Any

from helpers import moved

SUITE = "suites/benchmarks"


def name_of(place: str) -> str:
    """Return the id of the results of the benchmark with a node id: receive/ring[64-v2]."""
    file, _, function = place.removeprefix(f"{SUITE}/").partition(".py::")
    return f"{file.removeprefix('test_')}/{function.removeprefix('test_')}"


def place_of(name: str) -> str:
    """Return the node id of the benchmark whose results have the id *name*: the other way round."""
    file, _, function = name.partition("/")
    return f"{SUITE}/test_{file}.py::test_{function}"


def present(name: str) -> str:
    """Return today's id of results whose benchmark may have moved since (suites/moved.toml)."""
    place = place_of(name)
    today = moved.known().resolve(place)
    return name if today == place else name_of(today)


@dataclass
class Round:
    """One round: *frames* arrived (or were sent) within *seconds*, of those that were *offered*.

    *dropped* is what the kernel says it lost; *calls* are the system calls of the measured side; *cpu* is the processor
    time in seconds by side ("receiver", "sender"); *control* are the seconds of the control work beside it.
    """

    seconds: float
    frames: int
    bytes: int
    offered: int
    dropped: int = 0
    calls: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    control: float = 0.0

    @property
    def adds_up(self) -> bool:
        """Whether every frame that was offered arrived or was counted as lost."""
        return self.offered == self.frames + self.dropped

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds


@dataclass
class Quality:
    """How far the numbers of a result can be trusted: *mark* is "good", "fair" or "poor", *reasons* say why."""

    mark: str = "good"
    reasons: list[str] = field(default_factory=list)


@dataclass
class Result:
    """One benchmark of one session: see README, "Benchmarks", for the kinds and what *extra* holds for each."""

    id: str
    subject: str
    statement: str
    kind: str
    params: dict[str, Any]
    rounds: list[Round] = field(default_factory=list)
    valid: bool = True
    why: str = ""
    quality: Quality = field(default_factory=Quality)
    extra: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the object that the record holds."""
        return asdict(self)
