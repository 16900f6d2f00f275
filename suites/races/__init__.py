"""Races, on request (-m race): the kernel survives, and the API keeps its promises afterwards."""
