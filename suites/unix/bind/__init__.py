"""bind(2) of AF_UNIX sockets: pathname, abstract and autobound names."""
