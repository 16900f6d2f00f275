"""Receiving on packet sockets: which frames, their source address, lengths, statistics."""
