"""What clauses about packet sockets arrange: sockets, groups, memberships, requests for rings, what they report."""
