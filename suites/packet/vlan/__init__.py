"""VLAN tags, removed from a received frame or still in it."""
