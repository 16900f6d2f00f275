"""The states of a TCP connection, as TCP_INFO and /proc/net/tcp have them.

Source: ``include/net/tcp_states.h``, which is not exported: C libraries repeat it in ``netinet/tcp.h``.
"""

TCP_ESTABLISHED = 1
TCP_SYN_SENT = 2
TCP_SYN_RECV = 3
TCP_FIN_WAIT1 = 4
TCP_FIN_WAIT2 = 5
TCP_TIME_WAIT = 6
TCP_CLOSE = 7
TCP_CLOSE_WAIT = 8
TCP_LAST_ACK = 9
TCP_LISTEN = 10
TCP_CLOSING = 11
