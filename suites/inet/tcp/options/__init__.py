"""Options of SOL_TCP: values, refusals, and what a peer or the wire sees of them."""
