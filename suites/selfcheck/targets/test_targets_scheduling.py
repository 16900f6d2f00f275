"""Tests on several targets: all on each, whatever the others do; what a dead guest left goes to the next."""

from dataclasses import dataclass, field

from fixtures.scheduling import EachTarget

TESTS = ["one", "two", "three"]


@dataclass(eq=False)
class Worker:
    """A worker of a target that notes what it is sent."""

    target: str
    sent: list[int] = field(default_factory=list)
    ended: bool = False

    def send_runtest_some(self, places):
        """Note tests."""
        self.sent = list(places)

    def shutdown(self):
        """Note the end."""
        self.ended = True


def started(schedule: EachTarget, target: str, tests=TESTS) -> Worker:
    """Return a worker that is up and has its tests."""
    worker = Worker(target)
    schedule.add_node(worker)
    schedule.add_node_collection(worker, tests)
    schedule.schedule()
    return worker


def made(targets: int) -> EachTarget:
    """Return the order of tests on so many targets."""
    return EachTarget(targets, lambda worker: worker.target)


def test_a_target_starts_before_the_others_are_up():
    schedule = made(2)

    worker = started(schedule, "fast")

    assert worker.sent == [0, 1, 2]
    assert worker.ended
    assert not schedule.tests_finished


def test_the_next_guest_gets_what_the_dead_one_left_twice_over():
    schedule = made(1)
    first = started(schedule, "guest")
    schedule.mark_test_complete(first, 0)

    assert schedule.remove_node(first) == "two"
    assert not schedule.tests_finished
    second = started(schedule, "guest", ["three", "two", "one"])
    assert second.sent == [0]
    assert schedule.remove_node(second) == "three"
    third = started(schedule, "guest")
    assert (third.sent, third.ended) == ([], True)
    assert schedule.tests_finished


def test_a_guest_that_dies_before_it_has_tests_costs_none():
    schedule = made(1)
    worker = Worker("guest")
    schedule.add_node(worker)

    assert schedule.remove_node(worker) is None
    assert started(schedule, "guest").sent == [0, 1, 2]


def test_a_guest_s_own_word_of_what_ran_counts_more_than_what_it_had_reported():
    schedule = EachTarget(1, lambda worker: worker.target, lambda worker: "two")
    worker = started(schedule, "guest")

    assert schedule.remove_node(worker) == "two"
    assert started(schedule, "guest").sent == [0, 2]  # the report on the first was lost with the guest


def test_a_guest_that_dies_after_a_test_s_last_report_dies_in_the_next_one():
    schedule = made(1)
    worker = started(schedule, "guest")
    schedule.note_reported(worker, "one")

    assert schedule.remove_node(worker) == "two"
    assert started(schedule, "guest").sent == [2]
