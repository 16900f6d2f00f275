"""connect(2): descriptor, address and length, whatever the family."""
