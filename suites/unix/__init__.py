"""AF_UNIX: what unix(7) promises."""

DOCUMENTS = [
    "man:unix(7)",
    "src:net/unix/*",
    "src:net/core/scm.c*",
]
