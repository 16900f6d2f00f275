"""The highest load without loss, by bisection, as RFC 2544 searches for a throughput."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.bench.sample import Round

STEPS = 7  # halvings: within 1 % of the generator's highest rate
_NEAR = 0.9  # of the rate asked for: a load that was slower did not offer what it should


@dataclass
class Found:
    """What a search came to: its *steps* (offered frames/s, share lost, seconds), the *highest* rate without loss.

    *limit* is "generator" where even all that it can offer is received, else "receiver".
    """

    steps: list[dict[str, float]]
    highest: float
    limit: str


def highest_without_loss(one_round: Callable[[int, float], Round], seconds: float) -> Found:
    """Search within about *seconds*; *one_round* is given a number of frames and a rate (0: as fast as it goes)."""
    each = seconds / (STEPS + 2)
    first = one_round(8192, 0.0)
    most = first.offered / first.seconds
    steps: list[dict[str, float]] = []

    def lossless(rate: float) -> bool:
        told = one_round(max(int((rate or most) * each), 1024), rate)
        lost = told.offered - told.frames
        steps.append({"offered": told.offered / told.seconds, "loss": lost / told.offered, "seconds": told.seconds})
        return not lost

    if lossless(0.0):
        return Found(steps, steps[-1]["offered"], "generator")
    low, high = 0.0, steps[-1]["offered"]
    for _ in range(STEPS):
        rate = (low + high) / 2
        if not lossless(rate):
            high = rate
        elif steps[-1]["offered"] < _NEAR * rate:  # the load could not keep this pace, so nothing above is offered
            return Found(steps, steps[-1]["offered"], "generator")
        else:
            low = rate
    return Found(steps, low, "receiver")
