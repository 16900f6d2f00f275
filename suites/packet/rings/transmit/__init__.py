"""Transmit rings: slots, addresses, offsets, refusals, waiting, time stamps."""
