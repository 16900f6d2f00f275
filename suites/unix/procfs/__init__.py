"""/proc/net/unix."""

DOCUMENTS = ["man:proc(5)", "man:unix(7)", "src:net/unix/*"]
