"""raw(7): who may make raw and ping sockets, what they receive, the headers that they send."""
