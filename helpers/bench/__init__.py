"""Measuring how fast the kernel moves frames through packet sockets.

``load`` offers frames, ``drains`` receive and ``pumps`` send them, batch by batch; ``control`` and ``conditions`` say
what else the machine did; ``duel`` interleaves the rounds of several arms, and ``statistics`` judges them.
"""
