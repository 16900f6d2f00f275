"""sctp(7): one-to-one and one-to-many sockets, records, streams, the end of an association."""

DOCUMENTS = ["man:sctp(7)", "src:net/sctp/*", "https://www.rfc-editor.org/rfc/rfc6458*", "uapi:linux/sctp.h"]
