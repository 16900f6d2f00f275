"""shutdown(2): the three ways, in each state of a socket."""
