"""Fixed bugs of transmit rings."""
