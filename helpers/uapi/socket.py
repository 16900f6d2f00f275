"""Address families, socket types, message flags, option levels and the structures of the socket calls.

Source: ``include/linux/socket.h``, ``include/linux/net.h``, ``uapi/linux/socket.h``, ``uapi/linux/uio.h``;
socket(2), send(2), recv(2), cmsg(3). The first two are not exported: C libraries repeat them in ``sys/socket.h``.
"""

import ctypes

# Address families.
AF_UNSPEC = 0
AF_UNIX = 1
AF_LOCAL = 1
AF_INET = 2
AF_AX25 = 3
AF_IPX = 4
AF_APPLETALK = 5
AF_NETROM = 6
AF_BRIDGE = 7
AF_ATMPVC = 8
AF_X25 = 9
AF_INET6 = 10
AF_ROSE = 11
AF_DECnet = 12
AF_NETBEUI = 13
AF_SECURITY = 14
AF_KEY = 15
AF_NETLINK = 16
AF_ROUTE = AF_NETLINK
AF_PACKET = 17
AF_ASH = 18
AF_ECONET = 19
AF_ATMSVC = 20
AF_RDS = 21
AF_SNA = 22
AF_IRDA = 23
AF_PPPOX = 24
AF_WANPIPE = 25
AF_LLC = 26
AF_IB = 27
AF_MPLS = 28
AF_CAN = 29
AF_TIPC = 30
AF_BLUETOOTH = 31
AF_IUCV = 32
AF_RXRPC = 33
AF_ISDN = 34
AF_PHONET = 35
AF_IEEE802154 = 36
AF_CAIF = 37
AF_ALG = 38
AF_NFC = 39
AF_VSOCK = 40
AF_KCM = 41
AF_QIPCRTR = 42
AF_SMC = 43
AF_XDP = 44
AF_MCTP = 45
AF_MAX = 46

# Socket types, and the flags that may be or-ed to them.
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOCK_RAW = 3
SOCK_RDM = 4
SOCK_SEQPACKET = 5
SOCK_DCCP = 6
SOCK_PACKET = 10
SOCK_MAX = SOCK_PACKET + 1
SOCK_TYPE_MASK = 0xF
SOCK_CLOEXEC = 0o2000000
SOCK_NONBLOCK = 0o4000

# How to shutdown(2).
SHUT_RD = 0
SHUT_WR = 1
SHUT_RDWR = 2

# Values of SO_BUF_LOCK and SO_TXREHASH.
SOCK_SNDBUF_LOCK = 1
SOCK_RCVBUF_LOCK = 2
SOCK_BUF_LOCK_MASK = SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK
SOCK_TXREHASH_DEFAULT = 255
SOCK_TXREHASH_DISABLED = 0
SOCK_TXREHASH_ENABLED = 1

# Flags of the send and receive calls. MSG_CMSG_COMPAT is the value on kernels with 32-bit emulation, else it is 0.
MSG_OOB = 1
MSG_PEEK = 2
MSG_DONTROUTE = 4
MSG_TRYHARD = 4
MSG_CTRUNC = 8
MSG_PROBE = 0x10
MSG_TRUNC = 0x20
MSG_DONTWAIT = 0x40
MSG_EOR = 0x80
MSG_WAITALL = 0x100
MSG_FIN = 0x200
MSG_SYN = 0x400
MSG_CONFIRM = 0x800
MSG_RST = 0x1000
MSG_ERRQUEUE = 0x2000
MSG_NOSIGNAL = 0x4000
MSG_MORE = 0x8000
MSG_WAITFORONE = 0x10000
MSG_SENDPAGE_NOPOLICY = 0x10000
MSG_BATCH = 0x40000
MSG_EOF = MSG_FIN
MSG_NO_SHARED_FRAGS = 0x80000
MSG_SENDPAGE_DECRYPTED = 0x100000
MSG_SOCK_DEVMEM = 0x2000000
MSG_ZEROCOPY = 0x4000000
MSG_SPLICE_PAGES = 0x8000000
MSG_FASTOPEN = 0x20000000
MSG_CMSG_CLOEXEC = 0x40000000
MSG_CMSG_COMPAT = 0x80000000
MSG_INTERNAL_SENDMSG_FLAGS = MSG_SPLICE_PAGES | MSG_SENDPAGE_NOPOLICY | MSG_SENDPAGE_DECRYPTED | MSG_NO_SHARED_FRAGS

# Levels of socket options and control messages.
SOL_SOCKET = 1
SOL_IP = 0
SOL_TCP = 6
SOL_UDP = 17
SOL_IPV6 = 41
SOL_ICMPV6 = 58
SOL_SCTP = 132
SOL_UDPLITE = 136
SOL_RAW = 255
SOL_IPX = 256
SOL_AX25 = 257
SOL_ATALK = 258
SOL_NETROM = 259
SOL_ROSE = 260
SOL_DECNET = 261
SOL_X25 = 262
SOL_PACKET = 263
SOL_ATM = 264
SOL_AAL = 265
SOL_IRDA = 266
SOL_NETBEUI = 267
SOL_LLC = 268
SOL_DCCP = 269
SOL_NETLINK = 270
SOL_TIPC = 271
SOL_RXRPC = 272
SOL_PPPOL2TP = 273
SOL_BLUETOOTH = 274
SOL_PNPIPE = 275
SOL_RDS = 276
SOL_IUCV = 277
SOL_CAIF = 278
SOL_ALG = 279
SOL_NFC = 280
SOL_KCM = 281
SOL_TLS = 282
SOL_XDP = 283
SOL_MPTCP = 284
SOL_MCTP = 285
SOL_SMC = 286
SOL_VSOCK = 287

# Control message types of SOL_SOCKET that are no options; the others are in socket_options.
SCM_RIGHTS = 0x01
SCM_CREDENTIALS = 0x02
SCM_SECURITY = 0x03
SCM_PIDFD = 0x04
SCM_MAX_FD = 253

SOMAXCONN = 4096
UIO_MAXIOV = 1024


class sockaddr(ctypes.Structure):
    _fields_ = [("sa_family", ctypes.c_ushort), ("sa_data", ctypes.c_uint8 * 14)]


class sockaddr_storage(ctypes.Structure):
    """128 bytes, aligned as a pointer; the kernel's name is __kernel_sockaddr_storage."""

    _fields_ = [
        ("ss_family", ctypes.c_ushort),
        ("_padding", ctypes.c_uint8 * 118),
        ("_align", ctypes.c_ulong),
    ]


class iovec(ctypes.Structure):
    _fields_ = [("iov_base", ctypes.c_void_p), ("iov_len", ctypes.c_size_t)]


class msghdr(ctypes.Structure):
    """The kernel's user_msghdr: msg_namelen is an int there (a negative one is refused), socklen_t in C libraries."""

    _fields_ = [
        ("msg_name", ctypes.c_void_p),
        ("msg_namelen", ctypes.c_int),
        ("msg_iov", ctypes.c_void_p),
        ("msg_iovlen", ctypes.c_size_t),
        ("msg_control", ctypes.c_void_p),
        ("msg_controllen", ctypes.c_size_t),
        ("msg_flags", ctypes.c_uint),
    ]


class mmsghdr(ctypes.Structure):
    _fields_ = [("msg_hdr", msghdr), ("msg_len", ctypes.c_uint)]


class cmsghdr(ctypes.Structure):
    _fields_ = [("cmsg_len", ctypes.c_size_t), ("cmsg_level", ctypes.c_int), ("cmsg_type", ctypes.c_int)]


class ucred(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_uint32), ("uid", ctypes.c_uint32), ("gid", ctypes.c_uint32)]


class linger(ctypes.Structure):
    _fields_ = [("l_onoff", ctypes.c_int), ("l_linger", ctypes.c_int)]


def CMSG_ALIGN(length: int) -> int:  # noqa: N802 (the header's name)
    """Round a length in bytes up to the alignment of control messages, that of a long."""
    return (length + ctypes.sizeof(ctypes.c_long) - 1) & ~(ctypes.sizeof(ctypes.c_long) - 1)


def CMSG_LEN(length: int) -> int:  # noqa: N802
    """Return cmsg_len for so many bytes of data: header and data, without trailing padding."""
    return CMSG_ALIGN(ctypes.sizeof(cmsghdr)) + length


def CMSG_SPACE(length: int) -> int:  # noqa: N802
    """Return the room that a control message with so many bytes of data takes in the buffer, padding included."""
    return CMSG_ALIGN(ctypes.sizeof(cmsghdr)) + CMSG_ALIGN(length)
