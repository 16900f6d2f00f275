"""splice(2) and sendfile(2) with sockets."""
