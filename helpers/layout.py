"""Where a byte lies in a structure: the field's name by offset, nested ones too, and its value."""

import ctypes
from typing import Any, NamedTuple

Layout = type[ctypes.Structure] | type[ctypes.Union]


class Place(NamedTuple):
    """A field, or an element of an array: its *name* from the outermost structure on, its type, where it begins."""

    name: str
    kind: Any
    offset: int

    def value(self, data: bytes) -> str:
        """Return what *data*, an image of the whole structure, has there; hex for what it has only in part."""
        size = ctypes.sizeof(self.kind)
        image = data[self.offset : self.offset + size]
        if len(image) < size or not issubclass(self.kind, ctypes._SimpleCData):
            return image.hex(" ") or "nothing"
        value = self.kind.from_buffer_copy(image).value
        if size == 1 and isinstance(value, int):
            return f"0x{value & 0xFF:02x}" if self.name.endswith("]") else str(value)
        return hex(value) if self.kind is ctypes.c_void_p and value else str(value)


def place_in(layout: Layout, offset: int) -> Place | None:
    """Return the field of *layout* that holds the byte at *offset*; None if it is padding or beyond the structure.

    Of a union it is the first member that reaches so far.
    """
    for kind in layout.__mro__:
        for name, *_ in vars(kind).get("_fields_", ()):
            field = getattr(layout, name)
            size = ctypes.sizeof(type_of(layout, name))
            if field.offset <= offset < field.offset + size:
                return _within(_word(layout, name), type_of(layout, name), field.offset, offset)
    return None


def type_of(layout: Layout, name: str) -> Any:
    """Return the type of a field."""
    return next(field[1] for kind in layout.__mro__ for field in vars(kind).get("_fields_", ()) if field[0] == name)


def _word(layout: Layout, name: str) -> str:
    return "" if name in getattr(layout, "_anonymous_", ()) else name


def _within(name: str, kind: Any, start: int, offset: int) -> Place | None:
    if issubclass(kind, (ctypes.Structure, ctypes.Union)):
        inner = place_in(kind, offset - start)
        if inner is None:
            return Place(f"padding in {name}" if name else "padding", ctypes.c_uint8, offset)
        joint = "." if name and not inner.name.startswith("padding") else ""
        return Place(f"{name}{joint}{inner.name}", inner.kind, start + inner.offset)
    if issubclass(kind, ctypes.Array):
        number, _ = divmod(offset - start, ctypes.sizeof(kind._type_))
        return _within(f"{name}[{number}]", kind._type_, start + number * ctypes.sizeof(kind._type_), offset)
    return Place(name, kind, start)
