"""Sockets that only messages hold: the garbage collector closes cycles of them, and nothing else."""
