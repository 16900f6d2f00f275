"""PACKET_FANOUT: groups, modes, flags, programs, rollover and its statistics."""
