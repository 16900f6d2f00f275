"""A check of a ring's geometry refused any ring of 4 GiB and more."""

from errno import ENOMEM

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.packet.ring_requests import RING, ready
from helpers.rings import V2, Geometry
from helpers.syscall import refused

MANY = 1 << 28  # blocks: their list alone is more than the kernel allocates in one piece


@clause(
    since="5.0",
    level="source",
    refs=["commit:fc62814d690c", RING],
    covers=["option:PACKET_RX_RING:error", "errno:setsockopt:ENOMEM"],
)
def test_a_ring_is_not_refused_for_passing_4_gib(sockets, rings):
    """The geometry of a ring of 1 TiB is valid: it fails for lack of memory (ENOMEM), not with EINVAL."""
    made = ready(rings, sockets, V2)

    assert made.set_rx(Geometry(PAGE, MANY, PAGE)) == refused(ENOMEM)
