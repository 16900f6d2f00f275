"""What a session prints, line by line: its facts, its results, its end; and the reason if it is not what it should be.

`SOCKPROOF-BENCH-SESSION {…}` comes when it begins, `SOCKPROOF-BENCH {…}` with each result (or with a case's problem),
`SOCKPROOF-BENCH-END {…}` when it is done.
"""

import json
import re
import signal
from typing import Any, Protocol

from reports.bench.model import BenchFileError, Quality, Session, result_of, worst

_LINE = re.compile(r"SOCKPROOF-BENCH(-SESSION|-END)? (\{.*)")
_STATUS = {120: "its kernel died", 121: "its kernel hung", 122: "it could not be started"}  # helpers.kernels.launch
_NO_TEST = 5  # pytest's exit status where none was selected


class Watch(Protocol):
    """Gets the progress of the sessions."""

    def began(self, session: Session) -> None:
        """A session begins."""

    def cases(self, total: int) -> None:
        """It has so many cases."""

    def case(self, name: str) -> None:
        """It is done with one."""

    def ended(self, session: Session) -> None:
        """It is over."""

    def tick(self) -> None:
        """Time has passed."""


class Reader:
    """Takes the lines of *session*; what it says beside them is for the reason of its end."""

    def __init__(self, session: Session, watch: Watch) -> None:
        self.session = session
        self.watch = watch
        self.ended = False
        self.unread = ""  # why a line of the record could not be read
        self.said: list[str] = []

    def take(self, line: str) -> None:
        """Take one line."""
        found = _LINE.search(line)
        if not found:
            if line.strip(" .\t="):
                self.said = [*self.said[-30:], line.strip()]
            return
        try:
            data, _ = json.JSONDecoder().raw_decode(found[2])
            self._take(found[1] or "", data)
        except (ValueError, BenchFileError, AttributeError, TypeError) as error:
            self.unread = self.unread or str(error)

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "":
            if "problem" in data and "kind" not in data:
                self.session.unmeasured[str(data["id"])] = str(data["problem"])
            else:
                self.session.results.append(result_of(data))
            self.watch.case(str(data["id"]))
            return
        if quality := data.get("quality"):
            self.session.quality = Quality(str(quality["mark"]), list(map(str, quality.get("reasons", []))))
        if kind == "-SESSION":
            self.session.kernel = dict(data.get("kernel") or {})
            self.watch.cases(int(data.get("cases", 0)))
        else:
            self.ended = True
            if not quality:
                self.session.quality = _together([result.quality for result in self.session.results])

    def problem(self, status: int, target: str) -> str:
        """Say why the session, whose process ended with `status`, is not whole; "" if it is."""
        failed = [name for name, why in self.session.unmeasured.items() if why.startswith("failed")]
        if self.unread:
            return f"a line of its record cannot be read: {self.unread}"
        if self.ended and failed:
            return ""  # each is reported by itself
        if status == _NO_TEST and not self.session.results:
            return "no benchmark is selected"
        something = self.session.results or self.session.unmeasured
        if self.ended and status == 0 and something:
            return ""
        how = _STATUS.get(status, f"exit status {status}") if status >= 0 else f"killed by {_signal(-status)}"
        if status == 0:
            how = "it ended too early" if something else "it measured nothing"
        said = [line for line in self.said if line.startswith(("sockproof: ", "ERROR: "))] or self.said
        last = said[-1].removeprefix("sockproof: ").removeprefix("ERROR: ").removeprefix(f"{target}: ") if said else ""
        return f"{how}: {last}" if last else how


def _together(found: list[Quality]) -> Quality:
    """Put qualities together: the worst mark and every reason once."""
    return Quality(
        worst(item.mark for item in found), list(dict.fromkeys(reason for item in found for reason in item.reasons))
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
