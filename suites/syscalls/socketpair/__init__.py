"""socketpair(2): which pairs there are, and the vector of descriptors."""
