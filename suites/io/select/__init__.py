"""select(2) and pselect(2): the sets, the time that is left, the mask, the 32-bit entries."""
