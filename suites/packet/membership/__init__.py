"""PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP: requests, reference counts, effect on link and traffic."""
