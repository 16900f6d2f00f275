"""Network namespaces, links, wires, taps and the frames that pass through them."""
