"""Loading a guest kernel's modules: what modprobe(8) does for the kernel's own requests, where kmod is not installed.

Run by the guest kernel (``/proc/sys/kernel/modprobe``) as ``modules.py FOLDER [-q] [--] NAME…``: by its file, so it
imports nothing of its neighbours. Source: the indexes that depmod(8) writes, init_module(2).
"""

import ctypes
import errno
import fnmatch
import gzip
import lzma
import os
import subprocess
import sys
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_NUMBER = 175 if os.uname().machine == "x86_64" else 105  # of init_module: x86-64, asm-generic


def _plain(name: str) -> str:
    return name.replace("-", "_")


class Modules:
    """The modules in *folder*, which has depmod's indexes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._needs: dict[str, list[str]] = {}  # path of a module: paths of those it needs, nearest first
        for line in (folder / "modules.dep").read_text().splitlines():
            path, _, needed = line.partition(":")
            self._needs[path] = needed.split()
        self._paths = {_plain(Path(path).name.partition(".ko")[0]): path for path in self._needs}

    def _resolve(self, name: str) -> list[str]:
        """Return the paths of the modules that *name* (of a module, or an alias) stands for."""
        if _plain(name) in self._paths:
            return [self._paths[_plain(name)]]
        found = []
        for line in (self.folder / "modules.alias").read_text().splitlines():
            word, _, rest = line.partition(" ")
            pattern, _, module = rest.rpartition(" ")
            if word == "alias" and fnmatch.fnmatchcase(_plain(name), _plain(pattern)) and _plain(module) in self._paths:
                found.append(self._paths[_plain(module)])
        return found

    def _insert(self, path: str) -> None:
        error = load_image(image(self.folder / path))
        if error:
            raise OSError(error, f"{path}: {os.strerror(error)}")

    def load(self, name: str) -> bool:
        """Load what *name* stands for and what that needs; tell whether there was anything to load."""
        paths = self._resolve(name)
        for path in paths:
            for needed in [*reversed(self._needs[path]), path]:
                self._insert(needed)
        return bool(paths)


def image(path: Path) -> bytes:
    """Return a module's file uncompressed."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":  # Python has it since 3.14 only
        return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True, timeout=60).stdout
    return data


def load_image(data: bytes) -> int:
    """Load a module image; return 0 if it is in the kernel afterwards, else the errno."""
    if _libc.syscall(_NUMBER, data, ctypes.c_ulong(len(data)), b"") == 0:
        return 0
    return 0 if ctypes.get_errno() == errno.EEXIST else ctypes.get_errno()


def main(arguments: list[str]) -> int:
    """Load the modules named in the arguments; 1 if one of them is not there."""
    folder, *names = [argument for argument in arguments if not argument.startswith("-")]
    modules = Modules(Path(folder))
    return 0 if all(modules.load(name) for name in names) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
