"""The plugins of the suite; isolation comes first because nothing may run outside private namespaces."""

pytest_plugins = [
    "fixtures.isolation",
    "fixtures.timing",
    "fixtures.clauses",
    "fixtures.moved",
    "fixtures.evidence",
    "fixtures.guards",
    "fixtures.verdicts",
    "fixtures.targets",
    "fixtures.expectations",
    "fixtures.properties",
    "fixtures.recorder",
    "fixtures.sockets",
    "fixtures.wire",
    "fixtures.taps",
    "fixtures.rings",
    "fixtures.races",
    "fixtures.bench",
    "fixtures.lanes",
    "fixtures.environment",
    "fixtures.lies",
]
