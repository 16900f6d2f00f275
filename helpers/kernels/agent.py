"""The guest's first process: mounts what Python needs and joins the guest's interpreter to the console.

Run by the guest kernel as init, with the host's files as its root; the boot's facts are in a JSON file:
``console``: the device with the pipe to the host; ``command``: the interpreter and its arguments; ``folder``: the
working directory; ``modules``: the kernel's modules or null; ``environment``.
"""

import ctypes
import errno
import json
import os
import shlex
import subprocess
import sys
import termios
import threading
import time
import tty
from pathlib import Path

from helpers.kernels import modules
from helpers.kernels.channel import ALIVE, DATA, EXIT, INPUT, OUTPUT, READY, STATUS, TAKEN, read_exactly, write_all

_libc = ctypes.CDLL(None, use_errno=True)
_MOUNTS = [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", "/run")]


def _mount(kind: str, target: str) -> None:
    if _libc.mount(kind.encode(), target.encode(), kind.encode(), 0, None):
        error = ctypes.get_errno()
        if error == errno.EBUSY:  # the kernel has mounted it already
            return
        print(f"cannot mount {kind} on {target}: {os.strerror(error)}", file=sys.stderr)


def _offer_modules(folder: str) -> None:
    """Have the kernel load its modules from *folder* when it wants one; the guest may have no modprobe."""
    loader = "/run/modprobe"
    with open(loader, "w") as script:
        # by its file and without site: the kernel asks often, and an emulated one starts Python slowly
        words = [sys.executable, "-I", "-S", modules.__file__, folder]
        script.write(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    os.chmod(loader, 0o755)
    with open("/proc/sys/kernel/modprobe", "w") as path:
        path.write(loader)


def _prepare(boot: dict) -> None:
    for kind, target in _MOUNTS:
        _mount(kind, target)
    for kind, target in [("devpts", "/dev/pts"), ("tmpfs", "/dev/shm")]:
        os.makedirs(target, exist_ok=True)
        _mount(kind, target)
    if not os.path.exists("/dev/fd"):
        os.symlink("/proc/self/fd", "/dev/fd")
    if boot["modules"]:
        _offer_modules(boot["modules"])
        if not os.path.exists("/proc/config.gz"):
            modules.Modules(Path(boot["modules"])).load("configs")  # where it is a module it tells the configuration
    os.chdir(boot["folder"])


class Console:
    """The guest's end of the pipe."""

    def __init__(self, device: str) -> None:
        self.fd = os.open(device, os.O_RDWR | os.O_NOCTTY)
        if os.isatty(self.fd):
            tty.setraw(self.fd, termios.TCSANOW)
        self._lock = threading.Lock()

    def put(self, kind: bytes, data: bytes = b"") -> None:
        """Send one frame to the host."""
        with self._lock:
            write_all(self.fd, OUTPUT.pack(kind, len(data)) + data)

    def feed(self, process: subprocess.Popen) -> None:
        """Hand the host's input to the interpreter, acknowledging each piece."""
        read = lambda size: os.read(self.fd, size)  # noqa: E731
        try:
            while size := INPUT.unpack(read_exactly(read, INPUT.size))[0]:
                data = read_exactly(read, size)
                self.put(TAKEN)
                write_all(process.stdin.fileno(), data)
            process.stdin.close()
        except EOFError:  # the host's end is gone: nobody waits for this guest
            process.kill()
        except BrokenPipeError:
            pass

    def beat(self) -> None:
        """Tell the host every second that the guest lives."""
        while True:
            time.sleep(1)
            self.put(ALIVE)


def main(boot_file: str) -> None:
    """Prepare the guest, run the interpreter, power off."""
    with open(boot_file) as file:
        boot = json.load(file)
    _prepare(boot)
    os.environ.clear()
    os.environ.update(boot["environment"])
    console = Console(boot["console"])
    write_all(console.fd, READY)
    process = subprocess.Popen(boot["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    threading.Thread(target=console.feed, args=[process], daemon=True).start()
    threading.Thread(target=console.beat, daemon=True).start()
    while data := os.read(process.stdout.fileno(), 16384):
        console.put(DATA, data)
    console.put(EXIT, STATUS.pack(process.wait()))
    power_off = 0x4321FEDC
    _libc.reboot(power_off)


if __name__ == "__main__":
    main(sys.argv[1])
