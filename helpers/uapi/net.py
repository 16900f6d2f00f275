"""Sub-calls of socketcall(2) and the state of a socket as /proc/net/unix shows it.

Source: ``uapi/linux/net.h``.
"""

SYS_SOCKET = 1
SYS_BIND = 2
SYS_CONNECT = 3
SYS_LISTEN = 4
SYS_ACCEPT = 5
SYS_GETSOCKNAME = 6
SYS_GETPEERNAME = 7
SYS_SOCKETPAIR = 8
SYS_SEND = 9
SYS_RECV = 10
SYS_SENDTO = 11
SYS_RECVFROM = 12
SYS_SHUTDOWN = 13
SYS_SETSOCKOPT = 14
SYS_GETSOCKOPT = 15
SYS_SENDMSG = 16
SYS_RECVMSG = 17
SYS_ACCEPT4 = 18
SYS_RECVMMSG = 19
SYS_SENDMMSG = 20

# States of a socket, and the flag of one that listens.
SS_FREE = 0
SS_UNCONNECTED = 1
SS_CONNECTING = 2
SS_CONNECTED = 3
SS_DISCONNECTING = 4
__SO_ACCEPTCON = 1 << 16

# How many protocol families there can be: AF_MAX.
NPROTO = 46
