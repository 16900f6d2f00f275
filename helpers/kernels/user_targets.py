"""The user's own targets: writing them into the TOML file that ``targets`` reads, beside whatever else is in it."""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path

import tomlkit

from helpers.kernels.kind import Target, TargetError
from helpers.kernels.targets import entry_of, label, load, made, own, user_file

_HEAD = "sockproof's own targets of this user; the form is that of the suite's helpers/kernels/targets.toml"


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


def _written(text: str, name: str, entry: Mapping[str, str]) -> str:
    """Return a TOML file's text whose table *name* has just what is in *entry*; comments stay."""
    document = tomlkit.parse(text) if text else tomlkit.document().add(tomlkit.comment(_HEAD))
    if name not in document:
        document.add(tomlkit.nl())
        document.add(name, tomlkit.table())
    table = document[name]
    body = table.value.body
    behind = list(itertools.takewhile(lambda item: item[0] is None, reversed(body)))  # it belongs to the next table
    del body[len(body) - len(behind) :]
    for key in table.keys() - entry.keys():
        del table[key]
    table.update(entry)
    for _, item in reversed(behind):
        table.add(item)
    return tomlkit.dumps(document)


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
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(_written(file.read_text() if file.exists() else "", name, entry_of(settings)))
        if load(draft).keys() != there.keys() | {name}:
            raise TargetError(f"{file} is written in a way that cannot be added to: write the target there by hand")
        draft.replace(file)
    except OSError as error:
        raise TargetError(f"{file}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return target, file
