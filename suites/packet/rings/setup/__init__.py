"""Making, mapping, changing and removing rings: geometry, versions, mmap(2)."""
