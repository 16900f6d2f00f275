"""ip(7): addresses, ports and flags that TCP and UDP share."""
