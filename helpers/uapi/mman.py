"""Memory mappings: what Python's mmap module does not have.

Source: ``uapi/linux/mman.h``, ``uapi/asm-generic/mman-common.h``, mmap(2), mremap(2).
"""

PROT_NONE = 0

MREMAP_MAYMOVE = 1
MREMAP_FIXED = 2
MREMAP_DONTUNMAP = 4

MAP_SHARED_VALIDATE = 0x03
MAP_FIXED = 0x10
