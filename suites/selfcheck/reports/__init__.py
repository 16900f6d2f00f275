"""Reports, comparisons, the sockproof command, README."""
