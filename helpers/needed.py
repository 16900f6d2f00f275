"""The packages that a run takes: which of them this Python has not got, and how to get them."""

import importlib.util
import os
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {  # module: package
    "jinja2": "jinja2",
    "numpy": "numpy",
    "pyroute2": "pyroute2",
    "pytest_benchmark": "pytest-benchmark",
    "pytest_timeout": "pytest-timeout",
    "rich": "rich",
    "scapy": "scapy",
    "xdist": "pytest-xdist",
}


def missing() -> list[str]:
    """Return the packages that are not there, by the names that pip knows."""
    return [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]


def advice(lacking: list[str]) -> str:
    """Return the line that tells what is missing, in which Python, and how to get it."""
    ours = ROOT / ".tox" / "conformance" / "bin" / "python"
    other = f", or start {shlex.quote(os.path.relpath(ours))} -m pytest" if ours.exists() else ""
    install = shlex.join([sys.executable, "-m", "pip", "install", "-c", f"{ROOT}/constraints.txt", "-e", str(ROOT)])
    return f"{sys.executable} has not got {', '.join(lacking)}: {install}{other}"
