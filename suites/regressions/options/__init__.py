"""Fixed bugs of socket options, /proc and sock_diag."""
