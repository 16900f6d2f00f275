"""SO_PASSCRED and its kin: what is passed along with messages."""
