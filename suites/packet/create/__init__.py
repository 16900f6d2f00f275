"""Making and closing packet sockets: types, capabilities, where they are listed."""
