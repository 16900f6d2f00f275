"""Records, reports, comparisons, the sockproof command, README."""
