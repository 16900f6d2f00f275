"""Namespaces, links, wires, taps, frames, sockets, rings."""
