"""What targets there are: those that come with the suite, the user's own, and a file named on the command line.

A target is ``kind`` and settings, all text: see ``targets.toml``. On the command line ``uml=/path/to/linux``,
``kernel=/path/to/bzImage`` and ``ssh=HOST`` (with ``,setting=value``) are targets of one run.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from helpers.kernels.kind import EVERY, Kind, Target, TargetError
from helpers.kernels.kinds import by_word, kinds

SHIPPED = Path(__file__).with_name("targets.toml")


def user_file() -> Path:
    """Return where the user's own targets are."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "sockproof" / "targets.toml"


def _target(name: str, entry: object, where: str) -> Target:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise TargetError(f"{where}: [{name}] wants settings that are text")
    kind = kinds().get(entry.get("kind", ""))
    if kind is None:
        raise TargetError(f"{where}: [{name}] has kind {entry.get('kind', '')!r}; known: {', '.join(kinds())}")
    settings = {key: value for key, value in entry.items() if key not in ("kind", "text")}
    try:
        _check(kind, settings)
    except TargetError as error:
        raise TargetError(f"{where}: [{name}] {error}") from None
    return Target(name, kind, entry.get("text", ""), settings)


def _check(kind: Kind, settings: Mapping[str, str]) -> None:
    """TargetError unless *settings* are those of a target of *kind*."""
    known = kind.settings | EVERY
    strange = settings.keys() - known.keys()
    if strange:
        knows = ", ".join(sorted(known))
        raise TargetError(f"has no setting {', '.join(sorted(strange))}; {kind.name} knows {knows}")
    if kind.one_of and not settings.keys() & set(kind.one_of):
        raise TargetError(f"wants {' or '.join(kind.one_of)}")
    for key, value in settings.items():
        try:
            known[key].check(value)
        except TargetError as error:
            raise TargetError(f"{key} {error}") from None


def load(file: Path) -> dict[str, Target]:
    """Return the targets in a TOML file by name; TargetError if it cannot be read."""
    try:
        with file.open("rb") as opened:
            entries = tomllib.load(opened)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"{file}: {error}") from None
    return {name: _target(name, entry, str(file)) for name, entry in entries.items()}


def own() -> dict[str, Target]:
    """Return the user's own targets by name."""
    return load(user_file()) if user_file().exists() else {}


def known() -> dict[str, Target]:
    """Return all targets by name; the user's own replace those of the same name."""
    return load(SHIPPED) | own()


def label(text: str) -> str:
    """Return the name in a run of the target that *text* names: what may be a folder's and a worker's name."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "target"


def find(text: str) -> Target:
    """Return the target that *text* names; TargetError if there is none, or a file of its is not there.

    A known one's name, or WORD=VALUE as the kinds have it: ``kernel=/path/to/bzImage[,modules=DIR]``,
    ``uml=/path/to/linux[,modules=DIR]``, ``ssh=user@host[,python=COMMAND][,config=FILE]``; further settings follow in
    the same way.
    """
    word, equals, rest = text.partition("=")
    if equals:
        if word not in by_word():
            forms = ", ".join(kind.usage for kind in by_word().values())
            raise TargetError(f"{text!r} is no target: {forms} or a name of 'sockproof targets list' is")
        first, *others = rest.split(",")
        settings = {word: first} | dict(other.partition("=")[::2] for other in others)
        return made(label(text), {"text": text, **settings}, "command line")
    targets = known()
    if text not in targets:
        if os.path.exists(text.partition("::")[0]):
            raise TargetError(f"{text!r} is a path, not a target: what is to be proven stands apart from --target=NAME")
        close = difflib.get_close_matches(text, targets, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise TargetError(f"there is no target {text!r}; known: {', '.join(targets)}{meant}")
    _look(targets[text])
    return targets[text]


def reach(text: str) -> Target:
    """Return the target that *text* names; TargetError also if it is soon found that it cannot be reached."""
    target = find(text)
    try:
        target.kind.reach(target)
    except TargetError as error:
        raise TargetError(f"target {target.name}: {error}") from None
    return target


def _look(target: Target) -> None:
    try:
        target.kind.look(target)
    except TargetError as error:
        raise TargetError(f"target {target.name}: {error}") from None


def entry_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings as a TOML file has them: WORD=VALUE names kind and first setting; paths become absolute."""
    entry = dict(settings)
    word = next((word for word in by_word() if word in entry), "")
    if word and "kind" not in entry:
        kind = by_word()[word]
        entry = {"kind": kind.name, kind.first: entry.pop(word), **entry}
    known = kinds()[entry["kind"]].settings if entry.get("kind") in kinds() else {}
    return {key: known[key].whole(value) if value and key in known else value for key, value in entry.items()}


def made(name: str, settings: Mapping[str, str], where: str) -> Target:
    """Return the target of settings that the user wrote at *where*; TargetError if they are wrong."""
    target = _target(name, entry_of(settings), where)
    _look(target)
    return target
