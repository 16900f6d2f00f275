"""io_uring(7): the calls on sockets as requests, polling, cancelling."""

DOCUMENTS = ["man:*(2)", "man:io_uring(7)", "src:io_uring/*"]
