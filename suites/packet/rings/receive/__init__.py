"""Receive rings of versions 1 and 2: slots, status bits, poll(2)."""
