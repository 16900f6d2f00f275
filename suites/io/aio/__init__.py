"""io_submit(2) on sockets."""
