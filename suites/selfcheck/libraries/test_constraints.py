"""constraints.txt has the tested version of everything that the suite needs, so that a later install is the same."""

import os
import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fixtures.clauses import ROOT

TEXT = (ROOT / "constraints.txt").read_text()
VERSIONS = {
    canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.]+)$", TEXT, re.MULTILINE)
}


def needed() -> dict[str, str]:
    """Return what the suite needs, with all its extras and what these need in turn, and who needs it."""
    found: dict[str, str] = {}
    extras = metadata.metadata("sockproof").get_all("Provides-Extra") or []
    waiting = [("sockproof", {"", *extras})]
    while waiting:
        by, wanted = waiting.pop()
        try:
            requirements = list(map(Requirement, metadata.requires(by) or []))
        except metadata.PackageNotFoundError:  # of an extra that is not installed here
            continue
        for each in requirements:
            name = canonicalize_name(each.name)
            applies = each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in wanted)
            if applies and name not in found:
                found[name] = by
                waiting.append((name, {"", *each.extras}))
    return found


def test_every_line_is_an_exact_version():
    lines = [line for line in TEXT.splitlines() if not line.startswith("#")]

    assert len(lines) == len(VERSIONS)
    assert lines == sorted(lines, key=str.lower)


def test_everything_that_is_needed_is_listed_and_nothing_else():
    missing = {name: f"needed by {by}" for name, by in needed().items() if name not in VERSIONS}

    assert missing == {}
    assert VERSIONS.keys() - needed().keys() == set()


def test_what_is_installed_is_what_is_listed():
    installed = {}
    for name in needed():
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # of an extra that is not installed here
            continue
    others = {name: version for name, version in installed.items() if VERSIONS.get(name) != version}
    if others and "TOX_ENV_NAME" not in os.environ:
        pytest.skip(f"this environment was not made with -c constraints.txt: {others}")

    assert others == {}


def test_tox_installs_by_them():
    text = (ROOT / "tox.ini").read_text()

    assert text.count("-c constraints.txt") == text.count("deps =") - text.count("package_deps =") >= 2
    assert "constrain_package_deps = true" in text
