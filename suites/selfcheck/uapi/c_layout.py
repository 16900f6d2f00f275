"""What a C compiler says about the kernel's headers: sizes, offsets and values, to hold helpers.uapi against.

The C program is compiled to assembly and never assembled, linked or run: each answer stands in the text as a constant.
So a compiler and the headers suffice, and ``-m32`` needs no 32-bit C library. One question a line: where the compiler
says that a line's name is unknown, the headers do not have it.

The compiler's own environment chooses other headers than the installed ones: CPATH=/path/include for gcc and clang.
"""

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from helpers import wait

# For each field (offset, size) and, if it is an integer, 1 for signed or 0 for unsigned; the whole as "": (size,).
Layout = dict[str, tuple[int | None, ...]]

_UNKNOWN = re.compile(r"undeclared|undefined type|incomplete|no member")


class NoHeadersError(Exception):
    """There is no C compiler, or it does not find a header."""


def constants(module: ModuleType) -> dict[str, int]:
    """Return the integer constants that a uapi module defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, int) and re.match(r"(__|_(?=LINUX_))?[A-Z]", name) and not name.endswith("__")
    }


def structures(module: ModuleType) -> dict[str, type]:
    """Return the structures and unions that a uapi module defines, by name; those for its own use are left out."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, ctypes.Structure | ctypes.Union)
        and value.__module__ == module.__name__
        and re.match(r"(__)?[a-z]", name)
    }


def layout(structure: type) -> Layout:
    """Return what Python knows of a structure; padding, whose name begins with an underscore, is left out."""
    return {"": (ctypes.sizeof(structure),), **dict(_fields(structure, "", 0))}


def _fields(structure: type, path: str, base: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, kind in structure._fields_:
        offset = base + getattr(structure, name).offset
        unnamed = name.startswith("_")  # in C too
        if not unnamed:
            code = getattr(kind, "_type_", None)
            sign = (int(code.islower()),) if isinstance(code, str) and code in "bBhHiIlLqQ" else ()
            yield path + name, (offset, ctypes.sizeof(kind), *sign)
        if kind.__name__.startswith("_") and issubclass(kind, ctypes.Structure | ctypes.Union):
            yield from _fields(kind, path if unnamed else f"{path}{name}.", offset)


def holes(structure: type) -> int:
    """Return how many bytes of a structure no field covers."""
    covered: set[int] = set()
    for name, *_ in structure._fields_:
        field = getattr(structure, name)
        covered.update(range(field.offset, field.offset + field.size))
    return ctypes.sizeof(structure) - len(covered)


def layout_questions(structure: type, name: str) -> dict[str, str]:
    """Return the C expressions for the layout of struct (or union) name, by "name.field place in the tuple"."""
    tag = f"{'union' if issubclass(structure, ctypes.Union) else 'struct'} {name}"
    questions = {}
    for field, answers in layout(structure).items():
        member = f"((({tag} *)0)->{field})"
        asked = (f"__builtin_offsetof({tag}, {field})", f"sizeof {member}", f"(__typeof__{member})-1 < 0")
        for place in range(len(answers)):
            questions[f"{name}.{field} {place}"] = asked[place] if field else f"sizeof({tag})"
    return questions


def layout_answers(structure: type, name: str, answers: Mapping[str, int | None]) -> Layout:
    """Put the answers to layout_questions() into the form of layout(); None is what C does not know."""
    return {
        field: tuple(answers[f"{name}.{field} {place}"] for place in range(len(known)))
        for field, known in layout(structure).items()
    }


def ask(
    includes: Iterable[str], questions: Mapping[str, str], *, preamble: str = "", flags: Sequence[str] = ()
) -> dict[str, int | None]:
    """Return the value of each C expression, None for those with a name that the headers do not have.

    Raises NoHeadersError without compiler or header, and RuntimeError for any other complaint of the compiler.
    """
    head = "".join(["#define _GNU_SOURCE\n", *(f"#include <{header}>\n" for header in includes), preamble])
    unknown: set[int] = set()
    while True:
        lines = (
            "" if number in unknown else _question(number, text)
            for number, text in enumerate(questions.values(), start=1)
        )
        source = "\n".join([head, "void questions(void) {", '#line 1 "questions"', *lines, "}\n"])
        status, text, errors = run_compiler("-S", source, flags)
        if status == 0:
            answers = {
                int(number): (int(high) << 32) + (int(low) & 0xFFFFFFFF)
                for number, high, low in re.findall(r"->(\d+) (-?\d+) (-?\d+)", text)
            }
            return {key: answers.get(number) for number, key in enumerate(questions, start=1)}
        if missing := re.search(r"fatal error: .*(No such file|not found).*", errors):
            raise NoHeadersError(missing[0])
        rejected = {
            int(line)
            for line, why in re.findall(r"^questions:(\d+):\d+: error: (.*)", errors, re.M)
            if _UNKNOWN.search(why)
        }
        if not rejected - unknown:
            raise RuntimeError(f"the compiler rejects the headers or the questions:\n{errors}")
        unknown |= rejected


def _question(number: int, expression: str) -> str:
    # Two halves, because not every 64-bit number may be an immediate operand.
    halves = f'"i" ((int)((long long)({expression}) >> 32)), "i" ((int)((long long)({expression}) & 0xffffffff))'
    return f'__asm__("\\n.ascii \\"->{number} %c0 %c1\\"" : : {halves});'


def macros(header: str) -> set[str]:
    """Return the names of the macros with a value and without arguments that this very header defines."""
    found: set[str] = set()
    here = False
    for line in run_compiler("-E", f"#include <{header}>\n", ["-dD"])[1].splitlines():
        if marker := re.match(r'# \d+ "(.*)"', line):
            here = marker[1].endswith(f"/{header}")
        elif here and (name := re.match(r"#define (\w+) \S", line)):
            found.add(name[1])
    return found


def definitions(text: str, names: Iterable[str]) -> str:
    """Return C text that defines these macros and structures as the given text of kernel headers does."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    parts = ["#define struct_group(name, ...) __VA_ARGS__"]
    for name in names:
        if structure := re.search(rf"^struct {name} {{.*?^}};", text, re.M | re.S):
            parts.append(structure[0])
        elif macro := re.search(rf"^#define[ \t]+{name}[ \t]+((?:.*\\\n)*.*)$", text, re.M):
            parts.append(f"#undef {name}\n#define {name} {macro[1]}")
    return "\n".join(parts)


def narrow_flags() -> list[str]:
    """Return the flags that compile for i386; Debian keeps the asm/ headers for it in the folder of x86-64."""
    command = [compiler(), "-print-multiarch"]
    folder = subprocess.run(
        command, capture_output=True, text=True, timeout=wait.scaled(60), check=False
    ).stdout.strip()
    return ["-m32", *([f"-isystem/usr/include/{folder}"] if folder else [])]


def compiler() -> str:
    """Return the path of the C compiler; raise NoHeadersError where there is none."""
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return path
    raise NoHeadersError("there is no C compiler (cc, gcc or clang)")


def run_compiler(mode: str, source: str, flags: Sequence[str]) -> tuple[int, str, str]:
    """Return exit status, output and errors of the compiler for a source text."""
    with tempfile.TemporaryDirectory() as folder:
        # glibc's headers include this one on i386; it comes with a 32-bit C library only, and matters to a linker only.
        Path(folder, "gnu").mkdir()
        Path(folder, "gnu/stubs-32.h").touch()
        command = [compiler(), mode, "-w", "-xc", *flags, f"-isystem{folder}", "-o-", "-"]
        environment = os.environ | {"LC_ALL": "C"}
        done = subprocess.run(
            command, input=source, capture_output=True, text=True, timeout=wait.scaled(60), check=False, env=environment
        )
    return done.returncode, done.stdout, done.stderr
