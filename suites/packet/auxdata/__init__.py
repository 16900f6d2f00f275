"""PACKET_AUXDATA: the status bits and lengths beside a received frame."""
