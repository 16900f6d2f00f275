"""Files that reports write in one step: a reader sees all of a file or nothing."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a draft's name that takes the place of `path` at the end of the block, or goes if the block fails."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def write_text(text: str, path: str | os.PathLike[str]) -> Path:
    """Write text to `path` in one step and return it; OSError as open(2) and rename(2) give it."""
    with _replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")
    return Path(path)


def write_json(data: Any, path: str | os.PathLike[str]) -> Path:
    """Write a record as ASCII JSON to `path` in one step, on the disk before it is seen; else as write_text."""
    with _replacing(path) as draft, open(draft, "w", encoding="ascii") as stream:
        json.dump(data, stream, default=str)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    return Path(path)
