"""Receive rings of version 3: blocks, retire timeout, poll(2)."""
