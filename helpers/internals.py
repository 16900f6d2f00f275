"""What the suite uses of libraries beside their documented interfaces, and whether the installed ones still have it.

Each such use is behind a module named ``…_internals``, whose USED names it in the form ``module:Class.attribute``, or
``module:function(parameter, …)`` with the parameters that are passed. An attribute counts as there, too, where the
class only annotates it or sets it in its ``__init__``.
"""

import importlib
import inspect
import re
from collections.abc import Iterable, Mapping
from importlib import metadata

_FORM = re.compile(r"(?P<module>[\w.]+):(?P<path>[\w.]+)(?:\((?P<parameters>[\w, ]*)\))?")


def _has(owner: object, name: str) -> bool:
    if hasattr(owner, name):
        return True
    classes = owner.__mro__ if isinstance(owner, type) else ()
    return any(
        name in vars(each).get("__annotations__", ())
        or name in getattr(vars(each).get("__init__"), "__code__", _has.__code__).co_names
        for each in classes
    )


def _is_there(text: str) -> bool:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not module:Class.attribute or module:function(parameter)")
    try:
        owner = importlib.import_module(found["module"])
    except ImportError:
        return False
    *path, name = found["path"].split(".")
    for part in path:
        owner = getattr(owner, part, None)
    if not _has(owner, name):
        return False
    if found["parameters"] is None:
        return True
    passed = [object() for parameter in found["parameters"].split(",") if parameter.strip()]
    passed += [object()] if inspect.isclass(owner) else []  # self
    try:
        inspect.signature(getattr(owner, name)).bind(*passed)
    except TypeError:
        return False
    return True


def lost(used: Mapping[str, Iterable[str]], where: str) -> list[str]:
    """Return a line for each name in *used* that its library, the key, has no longer; *where* is the file to change."""
    return [
        f"{library} {metadata.version(library)} no longer has {text.replace(':', '.')}: see {where}"
        for library, texts in used.items()
        for text in texts
        if not _is_there(text)
    ]
