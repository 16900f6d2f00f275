"""Packet sockets whose link goes down, moves, is removed or replaced."""
