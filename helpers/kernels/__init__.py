"""Targets: other kernels that run the same suite. A target is an interpreter that lives in another kernel.

``targets`` knows what there is, ``packages`` fetches Debian's kernels, ``launch`` boots one and joins its Python to a
pipe, ``uml``, ``qemu`` and ``gvisor`` say how each kind is started.
"""
