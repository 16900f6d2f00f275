"""An index of a kernel's modules: what depmod(8) writes, where the package has none and kmod is not installed.

Only the modules that sockets may ask for are read (decompressing all of a distribution's takes a minute), with what
those need. Source: the ``.modinfo`` section of a module, elf(5).
"""

import hashlib
import os
import shutil
import struct
from pathlib import Path

from helpers.kernels.modules import image
from helpers.kernels.packages import PackageError, cache

_ABOUT_SOCKETS = (
    "kernel/net/", "kernel/crypto/", "kernel/lib/", "kernel/arch/", "kernel/fs/9p/",
    "kernel/drivers/char/virtio_console", "kernel/drivers/virtio/", "kernel/drivers/vhost/",
    "kernel/drivers/net/netdevsim/", "kernel/drivers/net/vxlan/", "kernel/drivers/net/bonding/",
    "kernel/drivers/net/team/", "kernel/drivers/net/ipvlan/",
    "kernel/drivers/net/wireguard/", "kernel/drivers/net/can/v",
)  # fmt: skip
_SECTIONS = struct.Struct("<40xQ10xHHH")  # of the ELF header: where the section headers are, their size, number, names
_SECTION = struct.Struct("<I20xQQ")  # name, offset, size


def name_of(path: str | Path) -> str:
    """Return a module's name as the kernel has it, from its file's."""
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _facts(data: bytes) -> list[tuple[str, str]]:
    """Return the (key, value) pairs of a module's ``.modinfo``."""
    start, size, number, names_at = _SECTIONS.unpack_from(data)
    sections = [_SECTION.unpack_from(data, start + index * size) for index in range(number)]
    names = sections[names_at][1]
    for name, offset, length in sections:
        if data[names + name : names + name + 9] == b".modinfo\0":
            entries = data[offset : offset + length].decode("latin-1").split("\0")
            return [entry.partition("=")[::2] for entry in entries if entry]
    return []


class _Index:
    """The dependencies and aliases of modules, read from their files as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.paths = {name_of(path): path for path in folder.rglob("*.ko*")}
        self.needs: dict[str, list[str]] = {}
        self.aliases: list[tuple[str, str]] = []

    def read(self, name: str) -> None:
        """Read the module *name* and what it needs."""
        if name in self.needs or name not in self.paths:
            return
        facts = _facts(image(self.paths[name]))
        self.needs[name] = [
            name_of(need) for key, value in facts if key == "depends" for need in value.split(",") if need
        ]
        self.aliases += [(value, name) for key, value in facts if key == "alias"]
        for need in self.needs[name]:
            self.read(need)

    def chain(self, name: str, seen: list[str] | None = None) -> list[str]:
        """Return *name* after all that it needs, in the order of loading."""
        seen = [] if seen is None else seen
        for need in self.needs.get(name, []):
            self.chain(need, seen)
        if name in self.needs and name not in seen:
            seen.append(name)
        return seen

    def write(self, folder: Path) -> None:
        """Write modules.dep and modules.alias into *folder*, with absolute paths."""
        lines = []
        for name in self.needs:
            needed = [str(self.paths[need]) for need in reversed(self.chain(name)[:-1])]
            lines.append(f"{self.paths[name]}: {' '.join(needed)}\n")
        (folder / "modules.dep").write_text("".join(lines))
        (folder / "modules.alias").write_text("".join(f"alias {alias} {name}\n" for alias, name in self.aliases))


def indexed(modules: Path) -> Path:
    """Return a folder with the index of *modules* (``lib/modules/VERSION``): itself, or one in the cache, made now."""
    modules = modules.resolve()
    if (modules / "modules.dep").exists():
        return modules
    try:
        changed = (modules / "kernel").stat().st_mtime_ns
    except OSError:
        raise PackageError(
            f"{modules} holds no modules (lib/modules/VERSION of an installed kernel is meant)"
        ) from None
    key = hashlib.sha1(f"{modules} {changed}".encode(), usedforsecurity=False).hexdigest()[:12]
    folder = cache() / "indexes" / f"{modules.name}-{key}"
    if folder.exists():
        return folder
    index = _Index(modules)
    flat = modules / "kernel" / "drivers" / "net"
    for name, path in index.paths.items():
        if path.parent == flat or str(path.relative_to(modules)).startswith(_ABOUT_SOCKETS):
            index.read(name)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True)
    try:
        index.write(draft)
        draft.rename(folder)
    except OSError:
        if not folder.exists():  # else another launcher was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
