"""Makes a guest's kernel oops: a module of its own, with the start of its init replaced by a read through NULL.

No kernel of Debian's has the kernel's own crash module (lkdtm), and a compiler would be needed for another one.
"""

import struct
from pathlib import Path

from helpers.kernels.modules import image

_ELF = struct.Struct("<40xQ10xHHH")  # section headers: offset, size of one, number, the one of the names
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_SYMTAB, _RELA = 2, 4
_ENDBR, _CALL = b"\xf3\x0f\x1e\xfa", 0xE8
_SIGNED = b"~Module signature appended~\n"
READ_NULL = b"\x31\xc0\x8b\x00"  # xor %eax,%eax; mov (%rax),%eax


def _sections(data: bytes) -> list[tuple[int, ...]]:
    start, size, number, _ = _ELF.unpack_from(data)
    return [_SECTION.unpack_from(data, start + index * size) for index in range(number)]


def _init(data: bytes, sections: list[tuple[int, ...]]) -> tuple[int, int]:
    """Return (section, offset in it) of the symbol init_module."""
    for _, kind, _, _, offset, size, link, _, _, entry in sections:
        if kind != _SYMTAB:
            continue
        names = sections[link][4]
        for place in range(offset, offset + size, entry):
            name, _, _, section, value, _ = _SYMBOL.unpack_from(data, place)
            if data[names + name : names + name + 12] == b"init_module\0":
                return section, value
    raise LookupError("the module has no init_module")


def broken(data: bytes) -> bytes:
    """Return a module's file whose init reads through NULL."""
    data = data.removesuffix(_SIGNED)  # a wrong signature is refused, none at all only taints
    changed, sections = bytearray(data), _sections(data)
    section, value = _init(data, sections)
    start = sections[section][4]
    place = start + value
    if data[place : place + 4] == _ENDBR:
        place += 4
    if data[place] == _CALL:  # of the function tracer, which checks that it is one
        place += 5
    changed[place : place + len(READ_NULL)] = READ_NULL
    for _, kind, _, _, offset, size, _, about, _, entry in sections:
        if kind != _RELA or about != section:
            continue
        for here in range(offset, offset + size, entry):
            where, _, addend = _RELOCATION.unpack_from(data, here)
            if place - 8 < start + where < place + len(READ_NULL):  # it would overwrite what was put there
                if start + where + 4 <= place:
                    continue
                _RELOCATION.pack_into(changed, here, where, 0, addend)
    return bytes(changed)


def write(module: Path, file: Path) -> str:
    """Write the broken form of *module* to *file* and return the expression that loads it in a guest."""
    file.write_bytes(broken(image(module)))
    data = f"__import__('pathlib').Path({str(file)!r}).read_bytes()"
    return f"__import__('helpers.kernels.modules', fromlist=['_']).load_image({data})"
