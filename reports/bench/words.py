"""Numbers and parameters of benchmarks as a reader wants them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_VERSIONS = {"v1": "V1", "v2": "V2", "v3": "V3"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FLAGS = {"bypass": "qdisc bypass", "auxdata": "auxdata"}
_UNITS = {"size": "{} bytes", "members": "{} members", "instructions": "{} instructions", "timeout": "time-out {} ms"}
_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def scaled(value: float, *others: float, digits: int = 4) -> tuple[list[str], str]:
    """Give the value and the others in the value's scale, with `digits` figures, and the scale's letter."""
    factor, letter = next((scale for scale in _SCALES if abs(value) >= scale[0]), _SCALES[-1])
    whole = len(str(int(abs(value) / factor)))
    places = max(digits - whole, 0)
    return [f"{each / factor:.{places}f}" for each in (value, *others)], letter


def rate(value: float, digits: int = 3) -> str:
    """Give a rate in few characters: `1.23 M`."""
    (text,), letter = scaled(value, digits=digits)
    return f"{text} {letter}".rstrip()


def tick(value: float) -> str:
    """Give a rate on a scale, exactly: `1.25 M`."""
    if not value:
        return "0"
    factor, letter = next((scale for scale in _SCALES if abs(value) >= scale[0]), _SCALES[-1])
    return f"{value / factor:.6g} {letter}".rstrip()


def percent(share: float) -> str:
    """Give a share as per cent, three figures: `0 %`, `0.013 %`, `18.2 %`."""
    return f"{100 * share:.3g} %"


def gathered(reasons: Iterable[str]) -> list[str]:
    """Say reasons that differ in a number only once, with the span of the number: `others took 83 to 96 % of …`."""
    alike: dict[str, list[str]] = {}
    for reason in dict.fromkeys(reasons):
        alike.setdefault(_NUMBER.sub("#", reason), []).append(reason)
    found = []
    for same in alike.values():
        numbers = sorted((number for reason in same for number in _NUMBER.findall(reason)[:1]), key=float)
        several = f"{numbers[0]} to {numbers[-1]}" if len(same) > 1 else ""
        found.append(_NUMBER.sub(several, same[0], count=1) if several else same[0])
    return found


def told(params: Mapping[str, Any], leave_out: Iterable[str] = ()) -> str:
    """Say parameters in words: `V3, 64 bytes, no qdisc bypass`."""
    left = set(leave_out)
    words = [word for name, value in params.items() if name not in left and (word := tell(name, value))]
    return ", ".join(words)


def tell(name: str, value: Any) -> str:
    """Say one parameter in words."""
    if value in (None, ""):
        return ""
    if isinstance(value, str):
        return _VERSIONS.get(value, value)
    spoken = name.replace("_", " ")
    if name in _FLAGS or isinstance(value, bool):
        return _FLAGS.get(name, spoken) if value else f"no {_FLAGS.get(name, spoken)}"
    if name == "kib":
        return f"{value >> 10} MiB" if value >= 1024 and not value % 1024 else f"{value} KiB"
    if name in _UNITS:
        return _UNITS[name].format(value).removesuffix("" if value != 1 or name == "timeout" else "s")
    return f"{spoken} {value:g}" if isinstance(value, float) else f"{spoken} {value}"
