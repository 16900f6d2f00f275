"""Children, descriptors and waiting."""
