"""How fast the kernel moves frames; never part of a conformance run."""
