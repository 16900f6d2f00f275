"""Figures, sources and kernel facts as a reader wants them."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.model import Run

# Bits of /proc/sys/kernel/tainted, from bit 0 (kernel/panic.c: taint_flags).
_TAINTS = (
    "proprietary module",
    "forced module load",
    "out of specification",
    "forced module unload",
    "machine check",
    "bad page",
    "user request",
    "oops",
    "overridden ACPI table",
    "kernel warning",
    "staging driver",
    "firmware workaround",
    "out-of-tree module",
    "unsigned module",
    "soft lockup",
    "live patch",
    "auxiliary",
    "struct randomisation",
    "in-kernel test",
    "firmware control",
)

_AVAILABLE = {"True": "available", "False": "not available"}
_MAN = re.compile(r"([\w.+:-]+)\((\d)\w*\)")
_PATH = re.compile(r"\w[\w-]*(?:/[\w-]+)*\.\w+", re.ASCII)
_RELEASE = re.compile(r"(\d+\.\d+)(?:\.(\d+))?(-rc\d+)?")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
# controls (C0 but tab and newline, C1), marks without width, those that turn text around, tags, lone surrogates
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True)
class Ref:
    """A source of a clause: what kind, how it reads, where it leads (None: nowhere)."""

    kind: str
    text: str
    href: str | None = None


def release_tag(kernel: Mapping[str, Any]) -> str:
    """Give the kernel's release as its sources are tagged, "v6.18.44"; "latest" where it is none of Linux's own.

    A vendor's suffix is cut: "6.1.0-37-amd64" is v6.1, "7.2.0-rc3+" is v7.2-rc3.
    """
    found = _RELEASE.match(str(kernel.get("release") or ""))
    if found is None or str(kernel.get("platform") or "").lower() == "gvisor":
        return "latest"
    patch = "" if found[2] in (None, "0") else f".{found[2]}"
    return f"v{found[1]}{patch}{found[3] or ''}"


def ref_of(ref: str, tag: str = "latest") -> Ref:
    """Read a reference: `man:bind(2)`, `src:net/socket.c:__sys_bind`, `uapi:linux/if_packet.h`, `cve:CVE-…`, a URL.

    Kernel sources lead to those of the release with this `tag`.
    """
    kind, _, rest = ref.partition(":")
    if kind in ("https", "http"):
        return Ref("link", ref, ref)
    if not rest:
        return Ref("source", ref)
    if kind == "man":
        page = _MAN.fullmatch(rest)
        section = page and f"https://man7.org/linux/man-pages/man{page[2]}/{page[1]}.{page[2]}.html"
        return Ref("man page", rest, section or None)
    if kind == "cve":
        known = _CVE.fullmatch(rest)
        return Ref("CVE", rest, f"https://www.cve.org/CVERecord?id={rest}" if known else None)
    if kind == "commit":
        known = re.fullmatch(r"[0-9a-f]{12,40}", rest)
        return Ref("commit", f"commit {rest[:12]}", f"https://git.kernel.org/linus/{rest}" if known else None)
    if kind == "src":
        file, _, function = rest.partition(":")
        return Ref("kernel source", f"{file}: {function}" if function else file, _source(file, function, tag))
    if kind == "uapi":
        return Ref("header", f"<{rest}>", _source(f"include/uapi/{rest}", "", tag))
    if kind == "doc":
        known = rest.endswith(".rst") and _PATH.fullmatch(rest)
        version = tag if tag == "latest" else re.match(r"v\d+\.\d+", tag)[0]
        page = f"https://www.kernel.org/doc/html/{version}/{rest.removesuffix('.rst')}.html"
        return Ref("kernel documentation", rest, page if known else None)
    return Ref(kind, rest)


def _source(file: str, function: str, tag: str) -> str | None:
    """Give where a file of the kernel is read, or where a function of it is defined; None for no proper name."""
    if not _PATH.fullmatch(file) or (function and not function.isidentifier()):
        return None
    place = f"A/ident/{function}" if function.isascii() and function else f"source/{file}"
    return f"https://elixir.bootlin.com/linux/{tag}/{place}"


def seconds(value: float | None) -> str:
    """Give a duration three figures and a fitting unit: 0.4 ms, 12 ms, 1.2 s, 2 min 5 s."""
    if value is None:
        return "unknown"
    if value < 0.0095:
        return f"{value * 1e3:.1f} ms"
    if value < 0.95:
        return f"{value * 1e3:.0f} ms"
    if value < 90:
        return f"{value:.1f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def moment(text: str | None) -> str:
    """Give an ISO 8601 time as `2026-11-22 12:00 UTC`; anything else stays as it is."""
    if not text:
        return "unknown"
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = "" if when.tzinfo is None else " UTC" if not when.utcoffset() else f" {when:%z}"
    return f"{when:%Y-%m-%d %H:%M}{zone}"


def counted(number: int, noun: str) -> str:
    """Put a number before its noun: 1 clause, 2 clauses."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def kernel_name(run: Run) -> str:
    """Name the kernel in a few words: `Linux 6.18.3`, `Linux 7.2.0 (User Mode Linux)`, `gVisor 4.4.0`."""
    release = str(run.kernel.get("release") or "of unknown release")
    platform = str(run.kernel.get("platform") or "")
    if platform.lower() == "gvisor":
        return f"gVisor {release}"
    return f"Linux {release} (User Mode Linux)" if platform == "User Mode Linux" else f"Linux {release}"


def suite_name(run: Run) -> str:
    """Name the suite with version, commit, local changes: `sockproof 0.1.0 (abc123def012, with local changes: a, b)`.

    `sockproof 0.1.0 (commit unknown: git is not installed)`.
    """
    suite = run.suite
    name = f"{suite.get('name') or 'sockproof'} {suite.get('version') or ''}".strip()
    commit = str(suite.get("commit") or "")[:12]
    told = [commit] if commit else []
    if suite.get("unknown"):
        told.append(f"{'local changes' if commit else 'commit'} unknown: {suite['unknown']}")
    if suite.get("dirty"):
        told.append(f"with local changes{_named(suite)}")
    return f"{name} ({', '.join(told)})" if told else name


def _named(suite: Mapping[str, Any]) -> str:
    """Name a few changed files: `: suites/a.py, suites/b.py and 3 more`."""
    changed = suite.get("changed")
    shown = [str(name) for name in changed[:3]] if isinstance(changed, list) else []
    total = suite.get("changes")
    more = total - len(shown) if isinstance(total, int) else 0
    return f": {', '.join(shown)}{f' and {more} more' if more > 0 else ''}" if shown else ""


def taint_name(taint: Any) -> str:
    """Spell out /proc/sys/kernel/tainted: `none`, `512 (kernel warning)`."""
    if not isinstance(taint, int):
        return "unknown"
    if not taint:
        return "none"
    bits = [name for bit, name in enumerate(_TAINTS) if taint >> bit & 1]
    return f"{taint} ({', '.join(bits)})" if bits else str(taint)


def _slow_factor(kernel: Mapping[str, Any]) -> str | None:
    """Say how much longer every deadline was than on an ordinary machine; None where they were not."""
    factor = kernel.get("slow_factor", 1.0)
    told = f"{factor:g}" if isinstance(factor, float) else str(factor)
    return None if factor == 1.0 else f"{told} ({kernel.get('slow_factor_from', 'given')})"


def kernel_facts(run: Run) -> list[tuple[str, str]]:
    """List what is known about the kernel and the run, as (name, value); what is unknown is left out."""
    kernel = run.kernel
    user = kernel.get("user")
    uid = user.get("uid") if isinstance(user, dict) else None
    privileges = kernel.get("privileges")
    told = privileges if uid in (None, 0) else f"{privileges}, uid {uid}"
    facts = [
        ("Release", kernel.get("release")),
        ("Version", kernel.get("version")),
        ("Architecture", kernel.get("machine")),
        ("Platform", kernel.get("platform")),
        ("Distribution", kernel.get("distribution")),
        ("CPUs", kernel.get("cpus")),
        ("Privileges", told if privileges else None),
        ("Taint before the run", taint_name(kernel.get("taint"))),
        ("32-bit entry", _AVAILABLE.get(str(kernel.get("ia32")))),
        ("Configuration", kernel.get("config_source")),
        ("Python", kernel.get("python")),
        ("Slow factor", _slow_factor(kernel)),
        ("Started", moment(run.started)),
        ("Duration", seconds(run.duration) if run.duration is not None else None),
    ]
    features = kernel.get("features")
    if isinstance(features, dict):
        facts += [(str(name), value) for name, value in features.items()]
    return [(name, str(value)) for name, value in facts if value not in (None, "")]


def printable(text: str) -> str:
    r"""Spell out what would steer a terminal or reverse a line (escapes, controls, bidi marks) as \xNN or \uNNNN."""

    def spell(match: re.Match[str]) -> str:
        code = ord(match[0])
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return _UNPRINTABLE.sub(spell, text.replace("\r\n", "\n"))
