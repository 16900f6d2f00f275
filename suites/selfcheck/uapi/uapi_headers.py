"""Which headers prove which module of helpers.uapi, and which names those headers may lack."""

# What to include before a module's names can be asked for.
INCLUDES: dict[str, tuple[str, ...]] = {
    "aio_abi": ("linux/aio_abi.h",),
    "bpf": ("linux/bpf.h",),
    "capability": ("linux/capability.h",),
    "errqueue": ("time.h", "linux/errqueue.h"),
    "ethtool": ("linux/ethtool.h",),
    "eventpoll": ("linux/eventpoll.h",),
    "fcntl": ("linux/fcntl.h",),
    "filter": ("linux/filter.h",),
    "fs": ("linux/fs.h",),
    "icmp": ("linux/icmp.h",),
    "icmpv6": ("linux/icmpv6.h",),
    "if_": ("linux/if.h",),
    "if_alg": ("linux/if_alg.h",),
    "if_arp": ("linux/if_arp.h",),
    "if_bridge": ("linux/if_bridge.h",),
    "if_ether": ("linux/if_ether.h",),
    "if_packet": ("linux/if_packet.h",),
    "if_tun": ("sys/ioctl.h", "linux/if_tun.h"),
    "if_vlan": ("linux/if_ether.h", "linux/if_vlan.h"),
    "in_": ("linux/in.h", "linux/in6.h"),
    "in6": ("linux/in6.h", "linux/ipv6.h"),
    "inotify": ("linux/inotify.h",),
    "ioctls": ("asm/ioctls.h",),
    "io_uring": ("linux/io_uring.h",),
    "magic": ("linux/magic.h",),
    "mman": ("sys/mman.h", "linux/mman.h"),
    "mount": ("sys/mount.h",),
    "net": ("sys/socket.h", "linux/net.h"),
    "net_tstamp": ("linux/net_tstamp.h",),
    "netfilter": ("linux/netlink.h", "linux/netfilter.h", "linux/netfilter/nfnetlink.h"),
    "netlink": ("linux/netlink.h", "linux/sock_diag.h"),
    "packet_diag": ("linux/packet_diag.h",),
    "personality": ("linux/personality.h",),
    "poll": ("linux/poll.h",),
    "prctl": ("linux/prctl.h",),
    "rtnetlink": ("linux/rtnetlink.h", "linux/if_link.h", "linux/if_addr.h", "linux/neighbour.h"),
    "sched": ("linux/sched.h",),
    "seccomp": ("sys/ioctl.h", "linux/seccomp.h", "linux/audit.h"),
    # The C library repeats the names that the kernel does not export.
    "socket": ("sys/socket.h", "sys/uio.h", "netinet/in.h", "netinet/tcp.h", "netinet/udp.h", "linux/socket.h"),
    "socket_options": ("asm/socket.h",),
    "siginfo": ("linux/signal.h",),
    "sockios": ("sys/ioctl.h", "linux/sockios.h"),
    "tcp": ("linux/tcp.h",),
    "tcp_states": ("netinet/tcp.h",),
    "time_types": ("linux/time.h", "linux/time_types.h"),
    "traffic_control": ("linux/pkt_sched.h", "linux/pkt_cls.h"),
    "udp": ("linux/udp.h",),
    "uio": ("linux/uio.h",),
    "unix_diag": ("linux/unix_diag.h",),
    "un": ("linux/un.h", "linux/sockios.h"),
    "vm_sockets": ("sys/socket.h", "linux/vm_sockets.h"),
    "virtio_net": ("linux/virtio_net.h",),
    "xfrm": ("linux/in6.h", "linux/xfrm.h"),
}

# Modules that have every macro of one header, as of COMPLETE_RELEASE.
COMPLETE: dict[str, str] = {
    "if_alg": ("linux/if_alg.h",),
    "if_arp": "linux/if_arp.h",
    "if_ether": "linux/if_ether.h",
    "if_packet": "linux/if_packet.h",
    "net": "linux/net.h",
    "packet_diag": "linux/packet_diag.h",
    "socket_options": "asm-generic/socket.h",
    "sockios": "linux/sockios.h",
    "unix_diag": "linux/unix_diag.h",
}
COMPLETE_RELEASE = (7, 2)

# Names newer than 6.1, with the kernel release whose headers brought them: older headers may lack them.
NEWER: dict[str, tuple[int, int]] = {
    "EPIOCGPARAMS": (6, 9),
    "EPIOCSPARAMS": (6, 9),
    "ETH_P_8021AC": (7, 2),
    "ETH_P_GRE_OSI": (7, 2),
    "ETH_P_MXLGSW": (6, 19),
    "ETH_P_NXP_NETC": (7, 2),
    "ETH_P_YT921X": (6, 19),
    "IORING_OP_BIND": (6, 11),
    "IORING_OP_LISTEN": (6, 11),
    "IPPROTO_AGGFRAG": (6, 14),
    "IPPROTO_SMC": (6, 11),
    "PACKET_FANOUT_FLAG_IGNORE_OUTGOING": (6, 2),
    "PACKET_VNET_HDR_SZ": (6, 4),
    "PR_MDWE_REFUSE_EXEC_GAIN": (6, 3),
    "PR_SET_MDWE": (6, 3),
    "RWF_ATOMIC": (6, 11),
    "RWF_DONTCACHE": (6, 14),
    "RWF_NOAPPEND": (6, 9),
    "RWF_NOSIGNAL": (6, 18),
    "SCM_DEVMEM_DMABUF": (6, 12),
    "SCM_DEVMEM_LINEAR": (6, 12),
    "SCM_INQ": (6, 17),
    "SCM_TSTAMP_COMPLETION": (6, 15),
    "SCM_TS_OPT_ID": (6, 13),
    "SECCOMP_IOCTL_NOTIF_SET_FLAGS": (6, 6),
    "SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP": (6, 6),
    "SOF_TIMESTAMPING_OPT_ID_TCP": (6, 2),
    "SOF_TIMESTAMPING_OPT_RX_FILTER": (6, 12),
    "SOF_TIMESTAMPING_TX_COMPLETION": (6, 15),
    "SO_DEVMEM_DMABUF": (6, 12),
    "SO_DEVMEM_DONTNEED": (6, 12),
    "SO_DEVMEM_LINEAR": (6, 12),
    "SO_INQ": (6, 17),
    "SO_PASSPIDFD": (6, 5),
    "SO_PASSRIGHTS": (6, 16),
    "SO_PEERPIDFD": (6, 5),
    "SO_RCVPRIORITY": (6, 14),
    "TCP_AO_ADD_KEY": (6, 7),
    "TCP_AO_DEL_KEY": (6, 7),
    "TCP_AO_GET_KEYS": (6, 7),
    "TCP_AO_INFO": (6, 7),
    "TCP_AO_REPAIR": (6, 7),
    "TCP_DELACK_MAX_US": (6, 15),
    "TCP_IS_MPTCP": (6, 14),
    "TCP_RTO_MAX_MS": (6, 15),
    "TCP_RTO_MIN_US": (6, 15),
    "TP_STATUS_GSO_TCP": (6, 3),
    "VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM": (6, 17),
    "VIRTIO_NET_HDR_GSO_UDP_L4": (6, 2),
    "VIRTIO_NET_HDR_GSO_UDP_TUNNEL": (6, 17),
    "VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4": (6, 17),
    "VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6": (6, 17),
    "dmabuf_cmsg": (6, 12),
    "dmabuf_token": (6, 12),
    "epoll_params": (6, 9),
}

# What grows with the kernel, with the release that gave it the value in helpers.uapi: other releases may differ.
GROWN: dict[str, tuple[int, int]] = {
    "AF_MAX": (5, 15),
    "NPROTO": (5, 15),
    "SOF_TIMESTAMPING_LAST": (6, 15),
    "SOF_TIMESTAMPING_MASK": (6, 15),
    "SOF_TIMESTAMPING_TX_RECORD_MASK": (6, 15),
}

# Structures, and fields that are such, to which kernels append: helpers.uapi has a beginning of them.
APPENDED = frozenset({"__sk_buff", "bpf_attr", "bpf_attr.test", "rtnl_link_stats64", "tcp_info"})

# Names in no exported header; a C library may repeat some. With a kernel source tree at hand they are proven as well.
UNEXPORTED: dict[str, frozenset[str]] = {
    "socket": frozenset(
        {
            "MSG_CMSG_COMPAT",
            "MSG_EOF",
            "MSG_INTERNAL_SENDMSG_FLAGS",
            "MSG_NO_SHARED_FRAGS",
            "MSG_PROBE",
            "MSG_SENDPAGE_DECRYPTED",
            "MSG_SENDPAGE_NOPOLICY",
            "MSG_SOCK_DEVMEM",
            "MSG_SPLICE_PAGES",
            "SCM_MAX_FD",
            "SCM_PIDFD",
            "SCM_SECURITY",
            "SOCK_MAX",
            "SOCK_TYPE_MASK",
            "SOL_ATALK",
            "SOL_AX25",
            "SOL_IPX",
            "SOL_NETROM",
            "SOL_ROSE",
            "SOL_SCTP",
            "SOL_UDPLITE",
            "SOL_VSOCK",
        }
    ),
    "if_vlan": frozenset(
        {
            "VLAN_CFI_MASK",
            "VLAN_ETH_DATA_LEN",
            "VLAN_ETH_FRAME_LEN",
            "VLAN_ETH_HLEN",
            "VLAN_ETH_ZLEN",
            "VLAN_HLEN",
            "VLAN_N_VID",
            "VLAN_PRIO_MASK",
            "VLAN_PRIO_SHIFT",
            "VLAN_VID_MASK",
            "vlan_ethhdr",
            "vlan_hdr",
        }
    ),
}
UNEXPORTED_SOURCES = ("include/linux/socket.h", "include/linux/net.h", "include/net/scm.h", "include/linux/if_vlan.h")

# Fields whose signedness differs between C library and kernel; helpers.uapi follows the kernel.
OTHER_SIGN = frozenset({"msghdr.msg_namelen", "msghdr.msg_flags", "ucred.pid"})

# Bytes of padding that the C compiler puts into a structure of a 64-bit process; a forgotten field would look the same.
HOLES: dict[str, int] = {
    "group_filter": 4,
    "group_req": 4,
    "group_source_req": 4,
    "ifconf": 4,
    "ifmap": 3,
    "mmsghdr": 4,
    "msghdr": 8,
    "siginfo": 4,
    "sock_fprog": 6,
    "tpacket_hdr": 4,
    "vlan_ioctl_args": 2,
    "xfrm_selector": 3,
    "xfrm_userpolicy_info": 4,
}

# i386: the structure that a 32-bit program has for each of helpers.uapi.compat.
NARROW_INCLUDES = ("sys/socket.h", "linux/filter.h", "linux/if_packet.h", "linux/time_types.h")
NARROW: dict[str, str] = {
    "compat_iovec": "iovec",
    "compat_msghdr": "msghdr",
    "compat_mmsghdr": "mmsghdr",
    "compat_cmsghdr": "cmsghdr",
    "compat_sock_fprog": "sock_fprog",
    "compat_tpacket_hdr": "tpacket_hdr",
    "old_timespec32": "__kernel_old_timespec",
    "old_timeval32": "__kernel_old_timeval",
}
