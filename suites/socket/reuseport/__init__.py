"""SO_REUSEADDR and SO_REUSEPORT: who may share an address, and which socket of a group receives."""

DOCUMENTS = ["man:socket(7)", "man:ip(7)", "src:net/core/*", "uapi:linux/filter.h"]
