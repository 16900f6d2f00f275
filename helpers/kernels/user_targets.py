"""The user's own targets: writing them into the TOML file that ``targets`` reads."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from helpers.kernels.targets import Target, TargetError, entry_of, label, load, made, own, user_file

_HEAD = "# sockproof's own targets of this user; the form is that of the suite's helpers/kernels/targets.toml\n"


def parse(words: tuple[str, ...]) -> dict[str, str]:
    """Return SETTING=VALUE words as settings; TargetError for one without an equals sign or given twice."""
    settings: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise TargetError(f"{word!r} is no SETTING=VALUE")
        if key in settings:
            raise TargetError(f"{key} is given twice")
        settings[key] = value
    return settings


def _block(name: str, entry: Mapping[str, str]) -> str:
    quoted = lambda text: json.dumps(text, ensure_ascii=False)  # noqa: E731  (a JSON string is a TOML string)
    lines = "".join(f"{key} = {quoted(value)}\n" for key, value in entry.items())
    return f"[{quoted(name)}]\n{lines}"


def _without(text: str, name: str) -> str:
    """Return a TOML file's text without the table *name*."""
    header = rf'\[\s*["\']?{re.escape(name)}["\']?\s*\]'
    return re.sub(rf"^{header}[^\n]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*", "", text, flags=re.MULTILINE)


def add(name: str, settings: Mapping[str, str], replace: bool = False) -> tuple[Target, Path]:
    """Write a target into the user's file and return it with the file; TargetError if it is wrong or there already.

    *replace* overwrites one of that name. The file is changed in one step, and its other lines stay as they are.
    """
    if label(name) != name:
        raise TargetError(f"{name!r} is no name: letters, digits, dot, dash and underscore are")
    target = made(name, settings, "command line")
    file = user_file()
    there = own()
    if name in there and not replace:
        raise TargetError(f"{name} is in {file} already; --replace overwrites it")
    before = _without(file.read_text(), name) if there else _HEAD
    text = f"{before.rstrip()}\n\n{_block(name, entry_of(settings))}"
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text)
        if load(draft).keys() != there.keys() | {name}:
            raise TargetError(f"{file} is written in a way that cannot be added to: write the target there by hand")
        draft.replace(file)
    except OSError as error:
        raise TargetError(f"{file}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return target, file
