"""helpers.uapi.compat has the layouts that a program compiled for i386 has."""

import ctypes
import functools

import pytest

from helpers.uapi import compat
from suites.selfcheck.uapi import c_layout
from suites.selfcheck.uapi.uapi_headers import NARROW, NARROW_INCLUDES


@functools.cache
def answers() -> dict[str, int | None]:
    try:
        flags = c_layout.narrow_flags()
        if c_layout.run_compiler("-S", "int nothing;", flags)[0] != 0:
            pytest.skip("the C compiler does not compile for i386")
        questions = {}
        for name, structure in c_layout.structures(compat).items():
            questions |= c_layout.layout_questions(structure, NARROW[name])
        return c_layout.ask(NARROW_INCLUDES, questions, flags=flags)
    except c_layout.NoHeadersError as lack:
        pytest.skip(str(lack))


def without_signs(layout: c_layout.Layout) -> c_layout.Layout:
    return {field: known[:2] for field, known in layout.items()}


@pytest.mark.parametrize("name", c_layout.structures(compat))
def test_structure_is_laid_out_as_in_an_i386_program(name):
    structure = getattr(compat, name)

    expected = c_layout.layout_answers(structure, NARROW[name], answers())

    # Pointers have no sign in C, and the C library's ints other ones than the kernel's.
    assert without_signs(c_layout.layout(structure)) == without_signs(expected)


# By hand, for machines whose compiler knows no i386: every field has 4 bytes, but the len of sock_fprog (2, and 2 of
# padding) and tp_mac and tp_net of tpacket_hdr (2 each).
@pytest.mark.parametrize(
    ("structure", "size"),
    [
        (compat.compat_iovec, 8),
        (compat.compat_msghdr, 28),
        (compat.compat_mmsghdr, 32),
        (compat.compat_cmsghdr, 12),
        (compat.compat_sock_fprog, 8),
        (compat.compat_tpacket_hdr, 24),
        (compat.old_timespec32, 8),
        (compat.old_timeval32, 8),
    ],
)
def test_structure_has_its_32_bit_size(structure, size):
    assert ctypes.sizeof(structure) == size


@pytest.mark.parametrize(("length", "space", "whole"), [(0, 12, 12), (1, 16, 13), (4, 16, 16), (12, 24, 24)])
def test_control_messages_are_padded_to_4_bytes(length, space, whole):
    assert (compat.CMSG_COMPAT_SPACE(length), compat.CMSG_COMPAT_LEN(length)) == (space, whole)
