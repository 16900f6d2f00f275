"""Addresses of AF_VSOCK.

Source: ``uapi/linux/vm_sockets.h``, vsock(7).
"""

import ctypes

VMADDR_CID_ANY = 0xFFFFFFFF
VMADDR_PORT_ANY = 0xFFFFFFFF
VMADDR_CID_HYPERVISOR = 0
VMADDR_CID_LOCAL = 1
VMADDR_CID_HOST = 2


class sockaddr_vm(ctypes.Structure):
    _fields_ = [
        ("svm_family", ctypes.c_ushort),
        ("svm_reserved1", ctypes.c_ushort),
        ("svm_port", ctypes.c_uint32),
        ("svm_cid", ctypes.c_uint32),
        ("svm_flags", ctypes.c_uint8),
        ("svm_zero", ctypes.c_uint8 * 3),
    ]
