"""Filters on packet sockets: what they load, the ancillary data, extended BPF."""
