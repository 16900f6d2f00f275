"""Options of SOL_PACKET that hold a number: values, lengths, and those that can only be read."""
