"""The open descriptors are listed, also where there are none left; a child runs out of them as asked."""

import errno
import os
import resource

import pytest

from helpers.descriptors import free_descriptors, leave_free, open_descriptors, opened_by
from helpers.process import in_child
from helpers.syscall import refused, returned


def test_the_open_ones_are_told_in_order():
    made = [os.memfd_create("file") for _ in range(3)]

    told = open_descriptors()

    assert told == sorted(told)
    assert set(made) <= set(told)
    assert len([os.fstat(fd) for fd in told]) == len(told)  # each is open
    os.close(made[1])
    assert set(told) - set(open_descriptors()) == {made[1]}
    for fd in (made[0], made[2]):
        os.close(fd)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_child_has_as_many_left_as_asked(count):
    def fill():
        os.close(os.dup2(0, 200))  # no gap is left below, and none above counts
        first = leave_free(count)
        before = open_descriptors()  # which needs none itself
        return first, before, free_descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0]

    first, before, free, limit = in_child(fill)

    assert free == list(range(first, first + count))
    assert before == list(range(first))
    assert limit == first + count


def test_what_a_call_opened_is_told():
    def fail():
        return refused(errno.EMFILE)

    def open_two():
        return returned(min(os.memfd_create("file") for _ in range(2)))

    assert in_child(opened_by, fail) == (refused(errno.EMFILE), [])
    result, opened = in_child(opened_by, open_two)
    assert (result.value, len(opened)) == (opened[0], 2)


def test_looking_leaves_the_limit_and_nothing_open():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert open_descriptors() == open_descriptors()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits
