"""The first file system of a QEMU guest: busybox, a few modules and an init that enters the host's files.

An archive of newc format (cpio(5); Documentation/driver-api/early-userspace/buffer-format.rst), written here so that
neither cpio nor initramfs-tools is needed.
"""

import stat
from pathlib import Path

from helpers.kernels import depmod, modules
from helpers.kernels.channel import SAYS

PORT = "/dev/vport0p1"  # the first port of the only virtio-serial device
PROBE = "sockproof.probe"  # on the kernel's command line: only come up, say UP and power off
UP = f"{SAYS}up"
WANTED = ("virtio_pci", "9pnet_virtio", "9p", "virtio_console")

_INIT = """\
#!/bin/busybox sh
b=/bin/busybox
say() {{ echo "<1>{says}$1" >/dev/kmsg; }}
fail() {{ say "$1"; $b poweroff -f; }}
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
if $b grep -q {probe} /proc/cmdline; then fail up; fi
for module in $($b cat /modules/order); do
    $b insmod /modules/$module || say "cannot load $module"
done
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /new ||
    fail "the kernel cannot mount the host's files: it has no 9p over virtio, and no modules with it were given"
[ -c {port} ] || fail "the kernel has no virtio console, and no modules with it were given"
$b umount /proc
$b mount --move /dev /new/dev
exec $b switch_root /new {init}
"""


class _Archive:
    def __init__(self) -> None:
        self.data = bytearray()
        self.inode = 0

    def add(self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        """Append a file."""
        self.inode += 1
        text = name.encode() + b"\0"
        numbers = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(text), 0)
        self.data += b"070701" + "".join(f"{number:08X}" for number in numbers).encode() + text
        self._pad()
        self.data += data
        self._pad()

    def _pad(self) -> None:
        self.data += bytes(-len(self.data) % 4)


def _modules(index: Path) -> list[Path]:
    """Return the modules to load, in order; those that are built in are in no index."""
    needs, paths = {}, {}
    for line in (index / "modules.dep").read_text().splitlines():
        path, _, needed = line.partition(":")
        paths[depmod.name_of(path)] = index / path
        needs[depmod.name_of(path)] = [index / need for need in reversed(needed.split())]
    found: list[Path] = []
    for name in WANTED:
        if name in paths:
            found += [path for path in (*needs[name], paths[name]) if path not in found]
    return found


def build(busybox: Path, index: Path | None, init: Path) -> bytes:
    """Return the archive; *index* is the folder of modules.dep (None: all is built in), *init* the host's next init."""
    archive = _Archive()
    for folder in ("bin", "dev", "proc", "new", "modules"):
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.add("bin/busybox", stat.S_IFREG | 0o755, busybox.read_bytes())
    order = []
    for path in _modules(index) if index else []:
        order.append(f"{depmod.name_of(path)}.ko")
        archive.add(f"modules/{order[-1]}", stat.S_IFREG | 0o644, modules.image(path))
    archive.add("modules/order", stat.S_IFREG | 0o644, "\n".join(order).encode())
    script = _INIT.format(says=SAYS, probe=PROBE, port=PORT, init=init)
    archive.add("init", stat.S_IFREG | 0o755, script.encode())
    archive.add("TRAILER!!!", 0)
    return bytes(archive.data)
