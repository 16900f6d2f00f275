"""ip(7) and ipv6(7): multicast groups, who is a member of them, and what is sent to them."""
