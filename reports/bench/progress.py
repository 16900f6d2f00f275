"""How far the sessions are: one line that stays in place on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from reports.bench.model import Session
from reports.wording import printable

PAUSE = 10.0  # seconds between two lines where there is no terminal
_REFRESH = 0.25  # seconds between two paintings of a terminal
_TELLING = 3  # cases after which a session's own pace says more than its plan


def clock(seconds: float) -> str:
    """Give a time left as `0:07`, `12:30`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Watches `planned` sessions (the seconds that each is expected to take) and reports to `stream`."""

    def __init__(
        self, planned: Sequence[float], stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.planned = list(planned)
        self.stream = stream or sys.stderr
        self.now = now
        self.number = 0  # of the session that runs, from 1
        self.total = self.done = 0  # cases of it
        self.name = ""
        self.target = ""
        self._word = ""
        self._took = self._thought = 0.0  # seconds of the sessions that went well: true and planned
        self._began = self._told = now()
        self._live: Live | None = None
        if self.stream.isatty():
            console = Console(file=self.stream, highlight=False, emoji=False)
            self._live = Live(console=console, get_renderable=self._line, auto_refresh=False, transient=True)

    def more(self, planned: Sequence[float]) -> None:
        """Expect further sessions."""
        self.planned += planned

    def began(self, session: Session) -> None:
        """Note that a session begins."""
        self.number += 1
        self.total = self.done = 0
        self.target, self._word = session.target, session.purpose or "session"
        self.name = "starts"
        self._began = self.now()
        if self._live and not self._live.is_started:
            self._live.start()
        self._tell(now=True)

    def cases(self, total: int) -> None:
        """Note how many cases the session has."""
        self.total = total
        self._tell()

    def case(self, name: str) -> None:
        """Note that a case is done."""
        self.done += 1
        self.name = name
        self._tell()

    def ended(self, session: Session) -> None:
        """Note that a session is over; its problem is said at once."""
        if session.problem:
            self.say(f"session {self.number} ({session.target}): {session.problem}")
        elif self.number <= len(self.planned):
            self._took += self.now() - self._began
            self._thought += self.planned[self.number - 1]

    def tick(self) -> None:
        """Report anew if it is time."""
        self._tell()

    def stop(self) -> None:
        """Take the line away."""
        if self._live and self._live.is_started:
            self._live.stop()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        line = printable(text)
        if self._live and self._live.is_started:
            self._live.console.print(Text(line, style="red"))
        else:
            print(line, file=self.stream, flush=True)

    def left(self) -> float:
        """Estimate the seconds that are left, from what the sessions took so far."""
        passed = self.now() - self._began
        planned = self.planned[self.number - 1] if 0 < self.number <= len(self.planned) else 0.0
        expected = passed * self.total / self.done if self.total and self.done >= _TELLING else planned
        pace = self._took / self._thought if self._thought else 1.0
        return max(expected - passed, 0.0) + pace * sum(self.planned[self.number :])

    def line(self) -> str:
        """Give the line: `session 2/3 host  17/48  receive/ring[64-v3]  2:31 left`."""
        cases = f"{min(self.done, self.total)}/{self.total}  " if self.total else ""
        head = f"{self._word} {self.number}/{max(len(self.planned), self.number)} {self.target}"
        return printable(f"{head}  {cases}{self.name}  about {clock(self.left())} left")

    def _line(self) -> Text:
        return Text(self.line(), no_wrap=True, overflow="ellipsis")

    def _tell(self, now: bool = False) -> None:
        passed = self.now() - self._told
        if not now and passed < (_REFRESH if self._live else PAUSE):
            return
        self._told = self.now()
        if self._live:
            self._live.refresh()
        else:
            print(self.line(), file=self.stream, flush=True)
