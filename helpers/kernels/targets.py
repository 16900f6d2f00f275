"""What targets there are: those that come with the suite, the user's own, and a file named on the command line.

A target is ``kind`` and settings, all text: see ``targets.toml``. On the command line ``uml=/path/to/linux``,
``kernel=/path/to/bzImage`` and ``ssh=HOST`` (with ``,setting=value``) are targets of one run.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHIPPED = Path(__file__).with_name("targets.toml")
KINDS = {
    "host": set(),
    "uml": {"release", "linux", "modules", "memory", "patience"},
    "qemu": {"release", "kernel", "modules", "memory", "patience", "accelerator"},
    "gvisor": {"release", "runsc"},
    "ssh": {"host", "python", "config"},
}
_EVERY = {"cores", "pace", "nightly"}  # settings of every kind
_AD_HOC = {"uml": ("uml", "linux"), "kernel": ("qemu", "kernel"), "ssh": ("ssh", "host")}  # word: kind, first setting
_ONE_OF = {
    "uml": ("release", "linux"),
    "qemu": ("release", "kernel"),
    "ssh": ("host",),
}  # settings it cannot do without
_FORMS = {
    "memory": (r"[1-9]\d{2,}M|[1-9]\d*G", "100M or more, as in 512M or 1G"),
    "patience": (r"[1-9]\d*", "whole seconds"),
    "accelerator": (r"kvm|tcg", "kvm or tcg"),
    "cores": (r"\d+(\.\d+)?", "a number of processors"),
    "pace": (r"\d+(\.\d+)?", "a number, as in 12: times as slow as this machine's own kernel"),
    "nightly": (r"yes|no", "yes or no"),
}


class TargetError(Exception):
    """There is no such target, or its settings are wrong; the message is one line for the user."""


@dataclass(frozen=True)
class Target:
    """A kernel to prove: its name, its kind and what that kind needs to know."""

    name: str
    kind: str
    text: str
    settings: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.settings[key]


def user_file() -> Path:
    """Return where the user's own targets are."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "sockproof" / "targets.toml"


def _target(name: str, entry: object, where: str) -> Target:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise TargetError(f"{where}: [{name}] wants settings that are text")
    settings = {key: value for key, value in entry.items() if key not in ("kind", "text")}
    kind = entry.get("kind", "")
    if kind not in KINDS:
        raise TargetError(f"{where}: [{name}] has kind {kind!r}; known: {', '.join(KINDS)}")
    strange = settings.keys() - KINDS[kind] - _EVERY
    if strange:
        raise TargetError(f"{where}: [{name}] has no setting {', '.join(sorted(strange))}; {kind} knows {_known(kind)}")
    if kind in _ONE_OF and not settings.keys() & set(_ONE_OF[kind]):
        raise TargetError(f"{where}: [{name}] wants {' or '.join(_ONE_OF[kind])}")
    for key, (form, words) in _FORMS.items():
        if not re.fullmatch(form, settings.get(key, "")) and key in settings:
            raise TargetError(f"{where}: [{name}] {key} is {settings[key]!r}, but must be {words}")
    return Target(name, kind, entry.get("text", ""), settings)


def _known(kind: str) -> str:
    return ", ".join(sorted(KINDS[kind] | _EVERY))


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
    """Return the target that *text* names.

    A known one's name, ``kernel=/path/to/bzImage[,modules=DIR]``, ``uml=/path/to/linux[,modules=DIR]`` or
    ``ssh=user@host[,python=COMMAND][,config=FILE]``; further settings follow in the same way.
    """
    word, equals, rest = text.partition("=")
    if not equals:
        targets = known()
        if text not in targets:
            raise TargetError(f"there is no target {text!r}; known: {', '.join(targets)}")
        return targets[text]
    if word not in _AD_HOC:
        raise TargetError(
            f"{text!r} is no target: kernel=/path/to/bzImage, uml=/path/to/linux (both with ,modules=DIR if need be), "
            "ssh=user@host or a name of 'sockproof targets list' is"
        )
    first, *others = rest.split(",")
    settings = {word: first} | dict(other.partition("=")[::2] for other in others)
    return made(label(text), {"text": text, **settings}, "command line")


def entry_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings as a TOML file has them: ``uml=PATH``, ``kernel=PATH`` and ``ssh=HOST`` name kind and setting.

    Paths become absolute; TargetError for one that is not there.
    """
    entry = dict(settings)
    word = next((word for word in _AD_HOC if word in entry), "")
    if word and "kind" not in entry:
        kind, key = _AD_HOC[word]
        entry = {"kind": kind, key: entry.pop(word), **entry}
    for path in {"linux", "kernel", "modules", "config"} & entry.keys():
        entry[path] = str(Path(entry[path]).absolute())
    for key, mode in (("linux", os.X_OK), ("kernel", os.R_OK)):
        if key in entry and not (os.path.isfile(entry[key]) and os.access(entry[key], mode)):
            raise TargetError(f"{entry[key]} is not there or cannot be {'executed' if key == 'linux' else 'read'}")
    return entry


def made(name: str, settings: Mapping[str, str], where: str) -> Target:
    """Return the target of settings that the user wrote at *where*; TargetError if they are wrong."""
    return _target(name, entry_of(settings), where)
