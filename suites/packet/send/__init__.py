"""Sending on packet sockets: addresses, headers, lengths, the queue of the link, PACKET_QDISC_BYPASS."""
