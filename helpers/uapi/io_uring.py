"""What io_uring_setup(2), io_uring_enter(2) and their rings hold: the part about sockets.

Source: ``uapi/linux/io_uring.h``. Of the unions in ``io_uring_sqe`` one name each is here: ``rw_flags`` is also
``msg_flags``, ``accept_flags``, ``poll32_events``, ``timeout_flags`` and ``cancel_flags``; ``off`` is ``addr2``.
"""

import ctypes

IORING_OP_NOP = 0
IORING_OP_POLL_ADD = 6
IORING_OP_POLL_REMOVE = 7
IORING_OP_SENDMSG = 9
IORING_OP_RECVMSG = 10
IORING_OP_TIMEOUT = 11
IORING_OP_ACCEPT = 13
IORING_OP_ASYNC_CANCEL = 14
IORING_OP_LINK_TIMEOUT = 15
IORING_OP_CONNECT = 16
IORING_OP_READ = 22
IORING_OP_WRITE = 23
IORING_OP_SEND = 26
IORING_OP_RECV = 27
IORING_OP_SHUTDOWN = 34
IORING_OP_SOCKET = 45
IORING_OP_SEND_ZC = 47
IORING_OP_SENDMSG_ZC = 48
IORING_OP_BIND = 56
IORING_OP_LISTEN = 57

IORING_SETUP_CLAMP = 1 << 4
IORING_FEAT_SINGLE_MMAP = 1 << 0
IORING_OFF_SQ_RING = 0
IORING_OFF_SQES = 0x10000000
IORING_ENTER_GETEVENTS = 1 << 0

IOSQE_IO_LINK = 1 << 2
IOSQE_ASYNC = 1 << 4
IORING_POLL_ADD_MULTI = 1 << 0
IORING_ACCEPT_MULTISHOT = 1 << 0
IORING_RECVSEND_POLL_FIRST = 1 << 0
IORING_CQE_F_MORE = 1 << 1
IORING_CQE_F_NOTIF = 1 << 3


class io_uring_sqe(ctypes.Structure):
    _fields_ = [
        ("opcode", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("ioprio", ctypes.c_uint16),
        ("fd", ctypes.c_int32),
        ("off", ctypes.c_uint64),
        ("addr", ctypes.c_uint64),
        ("len", ctypes.c_uint32),
        ("rw_flags", ctypes.c_uint32),
        ("user_data", ctypes.c_uint64),
        ("buf_index", ctypes.c_uint16),
        ("personality", ctypes.c_uint16),
        ("file_index", ctypes.c_uint32),
        ("addr3", ctypes.c_uint64),
        ("__pad2", ctypes.c_uint64 * 1),
    ]


class io_uring_cqe(ctypes.Structure):
    _fields_ = [("user_data", ctypes.c_uint64), ("res", ctypes.c_int32), ("flags", ctypes.c_uint32)]


class io_sqring_offsets(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_uint32)
            for name in ("head", "tail", "ring_mask", "ring_entries", "flags", "dropped", "array")
        ),
        ("resv1", ctypes.c_uint32),
        ("resv2", ctypes.c_uint64),
    ]


class io_cqring_offsets(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_uint32)
            for name in ("head", "tail", "ring_mask", "ring_entries", "overflow", "cqes", "flags")
        ),
        ("resv1", ctypes.c_uint32),
        ("resv2", ctypes.c_uint64),
    ]


class io_uring_params(ctypes.Structure):
    _fields_ = [
        ("sq_entries", ctypes.c_uint32),
        ("cq_entries", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("sq_thread_cpu", ctypes.c_uint32),
        ("sq_thread_idle", ctypes.c_uint32),
        ("features", ctypes.c_uint32),
        ("wq_fd", ctypes.c_uint32),
        ("resv", ctypes.c_uint32 * 3),
        ("sq_off", io_sqring_offsets),
        ("cq_off", io_cqring_offsets),
    ]
