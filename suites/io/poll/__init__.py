"""poll(2) and ppoll(2): what a socket is ready for in each state, waits and what ends them."""
