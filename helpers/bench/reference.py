"""The same loops in C: what a compiled program makes of the same ring on the same socket.

The sources lie in suites/benchmarks/reference. They are compiled when first asked for, where a compiler is, and loaded
into this process, so that only the loop differs: ``CPump`` stands in for a Pump of ``pumps``, ``CDrain`` for a Drain of
``drains``. ctypes lets go of the interpreter's lock for the length of a call.
"""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.bench.drains import WAIT, Drained, rest_of
from helpers.bench.pumps import BATCH, MESSAGES, PumpError, Sent
from helpers.kernels.packages import cache
from helpers.rings import BlockRing, SlotRing, TransmitRing
from helpers.sockets import Socket

SOURCES = Path(__file__).parents[2] / "suites" / "benchmarks" / "reference"
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-Wall", "-shared", "-fPIC")
_PATIENCE = 60.0  # seconds for the compiler, which takes less than one where nothing else runs
_FOREVER = (1 << 64) - 1


class NoReferenceError(Exception):
    """The reference cannot be compiled here; the text says why."""


class _Ring(ctypes.Structure):
    """struct ring of reference.h."""

    _fields_ = [
        ("memory", ctypes.c_void_p),
        ("size", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("cursor", ctypes.c_uint32),
        ("fd", ctypes.c_int32),
        ("rest", ctypes.c_uint32),
    ]


class _Done(ctypes.Structure):
    """struct done of reference.h; times in ns of CLOCK_MONOTONIC, the clock of time.perf_counter."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("frames", "bytes", "calls", "ended", "noted")]


_RING, _DONE = ctypes.POINTER(_Ring), ctypes.POINTER(_Done)
_U32, _U64, _INT, _ADDRESS = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_int, ctypes.c_void_p
_SEND_RING = (_INT, [_RING, _U32, _ADDRESS, _U32, _U64, _U32, _INT, _DONE])
_RECEIVE_RING = (None, [_RING, _U64, _INT, _DONE])
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    **{f"send_v{number}": _SEND_RING for number in (1, 2, 3)},
    **{f"receive_v{number}": _RECEIVE_RING for number in (1, 2, 3)},
    "send_calls": (_INT, [_INT, _ADDRESS, _U32, _U64, _DONE]),
    "send_messages": (_INT, [_INT, _ADDRESS, _U32, _U64, _U32, _DONE]),
    "receive_calls": (_INT, [_INT, _ADDRESS, _U32, _U64, _INT, _DONE]),
    "receive_messages": (_INT, [_INT, _ADDRESS, _U32, _U64, _U32, _INT, _DONE]),
}


def compiler() -> str:
    """Return the path of the C compiler; NoReferenceError if there is none."""
    for name in COMPILERS:
        if found := shutil.which(name):
            return found
    raise NoReferenceError("no C compiler: install gcc")


def _compile(command: str, target: Path) -> None:
    """Compile the sources into *target*, which is there whole or not at all. Raises NoReferenceError, OSError."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    os.close(handle)
    fresh = Path(name)
    try:
        parts = [str(path) for path in sorted(SOURCES.glob("*.c"))]
        arguments = [command, *FLAGS, "-o", str(fresh), *parts]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        if done.returncode:
            said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
            raise NoReferenceError(f"{Path(command).name} cannot compile the reference: {said}")
        fresh.replace(target)
    except subprocess.TimeoutExpired:
        raise NoReferenceError(f"{Path(command).name} was not done within {_PATIENCE:g} s") from None
    finally:
        fresh.unlink(missing_ok=True)


def build(folder: Path | None = None) -> Path:
    """Return the shared object, compiled into *folder* (the cache) unless it is there. Raises NoReferenceError.

    Its name holds a hash of sources, flags and compiler. Where the cache cannot be written, nothing is kept.
    """
    command = compiler()
    stamp = os.stat(command)
    content = hashlib.sha256(repr((FLAGS, os.path.realpath(command), stamp.st_size, stamp.st_mtime_ns)).encode())
    for path in sorted(SOURCES.glob("*.[ch]")):
        content.update(path.read_bytes())
    folder = cache() / "reference" if folder is None else folder
    target = folder / f"reference-{content.hexdigest()[:16]}.so"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compile(command, target)
    return target


@functools.cache
def load() -> Any:
    """Return the compiled loops as a ctypes library. Raises NoReferenceError."""
    try:
        path = build()
        library = ctypes.CDLL(str(path))
    except OSError:  # the cache cannot be written, or not executed from
        with tempfile.TemporaryDirectory() as folder:
            library = ctypes.CDLL(str(build(Path(folder))))  # loaded, it needs no file any more
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _check(number: int, what: str) -> None:
    if number:
        raise PumpError(f"{what} in C: {os.strerror(number)}")


class CPump:
    """A Pump in C: through *way*, a transmit ring, or a socket by send(2), or by sendmmsg(2) if *messages*."""

    def __init__(
        self,
        way: TransmitRing | Socket,
        frame: bytes,
        batch: int | None = None,
        flags: int = 0,
        messages: bool = False,
    ) -> None:
        self.library = load()
        self.way = way
        self.batch = batch or (BATCH if isinstance(way, TransmitRing) else MESSAGES)
        self.flags = flags
        self.messages = messages
        self._frame = ctypes.create_string_buffer(frame, len(frame))

    def run(self, count: int) -> Sent:
        """Send *count* frames. Raises PumpError."""
        done = _Done()
        data = ctypes.addressof(self._frame), len(self._frame)
        if isinstance(self.way, TransmitRing):
            self._through_ring(self.way, data, count, done)
        elif self.messages:
            _check(self.library.send_messages(self.way.fd, *data, count, self.batch, done), "sendmmsg")
        else:
            _check(self.library.send_calls(self.way.fd, *data, count, done), "send")
        return Sent(done.frames, done.calls)

    def _through_ring(self, ring: TransmitRing, data: tuple[int, int], count: int, done: _Done) -> None:
        same = _Ring(ring.memory.ctypes.data, ring.geometry.frame_size, len(ring), ring.cursor, ring.socket.fd)
        send = getattr(self.library, f"send_{ring.version}")
        batch = min(self.batch, len(ring))
        _check(send(same, ring.data_offset, *data, count, batch, self.flags, done), "send through a ring")
        ring.cursor = same.cursor


class CDrain:
    """A Drain in C of *way*: a receive ring, or a socket by recv(2), or by recvmmsg(2) if *messages*."""

    def __init__(self, way: SlotRing | BlockRing | Socket, messages: bool = False, longest: int = 2048) -> None:
        self.library = load()
        self.way = way
        self.sources = (way,)
        self.messages = messages
        self._buffers = ctypes.create_string_buffer(longest * MESSAGES)
        self._longest = longest

    def run(self, over: Callable[[int], bool]) -> Drained:
        """Take frames until *over*, which gets how many were taken, says so when nothing came for a while."""
        done = _Done()
        while True:
            self._take(done)
            if over(done.frames):
                return Drained(done.frames, done.bytes, done.calls, done.ended / 1e9, [done.frames])

    def _take(self, done: _Done) -> None:
        """Take what comes until nothing does."""
        way = self.way
        if isinstance(way, SlotRing | BlockRing):
            size = way.geometry.block_size if isinstance(way, BlockRing) else way.geometry.frame_size
            rest = int(1e6 * rest_of(way)) if isinstance(way, SlotRing) else 0
            same = _Ring(way.memory.ctypes.data, size, len(way), way.cursor, way.socket.fd, rest)
            getattr(self.library, f"receive_{way.version}")(same, _FOREVER, WAIT, done)
            way.cursor = same.cursor
            return
        place = ctypes.addressof(self._buffers), self._longest
        if self.messages:
            error = self.library.receive_messages(way.fd, *place, _FOREVER, MESSAGES, WAIT, done)
        else:
            error = self.library.receive_calls(way.fd, *place, _FOREVER, WAIT, done)
        _check(error, "receive")
