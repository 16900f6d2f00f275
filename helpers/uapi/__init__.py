"""Constants and structures of the kernel's socket API, one module for each header, under the header's own names.

Values and layouts are those of the asm-generic ABI (x86, arm64, riscv) as of Linux 7.2, little-endian. MIPS, PA-RISC,
SPARC, Alpha and PowerPC number some socket options differently and are not described here.

============== ========================================================================================
module         header and contents
============== ========================================================================================
socket         ``linux/socket.h``: AF_*, SOCK_*, SHUT_*, MSG_*, SOL_*, SCM_RIGHTS and its
               kin, sockaddr, sockaddr_storage, iovec, msghdr, mmsghdr, cmsghdr, ucred, linger, UIO_MAXIOV
socket_options ``asm-generic/socket.h``: SO_*, and the SCM_* that are named after an option
uio            ``linux/uio.h``: the control messages of device memory
net            ``linux/net.h``: SYS_*, the sub-calls of socketcall(2); __SO_ACCEPTCON
time_types     ``linux/time_types.h``, ``linux/time.h``: timeval, timespec and their fixed-size forms
if_packet      ``linux/if_packet.h``: all of AF_PACKET
packet_diag    ``linux/packet_diag.h``: what sock_diag reports about packet sockets
netlink        ``linux/netlink.h``, ``linux/sock_diag.h``: message framing, enough for sock_diag
if_            ``linux/if.h``: IFF_*, ifreq, ifconf
if_arp         ``linux/if_arp.h``: ARPHRD_*, arphdr, arpreq
if_ether       ``linux/if_ether.h``: ETH_P_*, lengths, ethhdr
if_vlan        ``linux/if_vlan.h`` of the kernel: VLAN_* masks, vlan_hdr, vlan_ethhdr
in_            ``linux/in.h``, ``linux/in6.h``: IPPROTO_*, IP_*, INADDR_*, internet addresses
in6            ``linux/in6.h``, ``linux/ipv6.h``: IPV6_*
tcp            ``linux/tcp.h``: TCP_*, tcp_info
tcp_states     ``net/tcp_states.h`` of the kernel: TCP_ESTABLISHED and the others
udp            ``linux/udp.h``: UDP_*
un             ``linux/un.h``: sockaddr_un
sockios        ``linux/sockios.h``: SIOC*
filter         ``linux/filter.h``, ``linux/bpf_common.h``: classic BPF
seccomp        ``linux/seccomp.h``, ``linux/audit.h``: SECCOMP_*, AUDIT_ARCH_*
mman           ``linux/mman.h``: what Python's mmap module lacks, MREMAP_* and some MAP_*
virtio_net     ``linux/virtio_net.h``: the headers that PACKET_VNET_HDR puts before a frame
net_tstamp     ``linux/net_tstamp.h``: SOF_TIMESTAMPING_*, HWTSTAMP_*, sock_txtime
errqueue       ``linux/errqueue.h``: sock_extended_err, SO_EE_*, scm_timestamping
compat         ``net/compat.h`` of the kernel: what the 32-bit (i386) entry reads and writes
aio_abi        ``linux/aio_abi.h``: io_submit(2)
bpf            ``linux/bpf.h``: bpf(2), what its instruction set has beyond the classic one, __sk_buff
capability     ``linux/capability.h``: CAP_*
ethtool        ``linux/ethtool.h``: commands of SIOCETHTOOL
eventpoll      ``linux/eventpoll.h``: EPOLL_CTL_*, epoll_event
fcntl          ``linux/fcntl.h``: F_OWNER_*, f_owner_ex
fs             ``linux/fs.h``: RWF_*
if_alg         ``linux/if_alg.h``: sockaddr_alg
if_bridge      ``linux/if_bridge.h``: BRCTL_*
if_tun         ``linux/if_tun.h``: TUN*, IFF_TUN and its kin
inotify        ``linux/inotify.h``: IN_*, inotify_event
ioctls         ``asm/ioctls.h``: ioctls of every file
magic          ``linux/magic.h``: SOCKFS_MAGIC
mount          ``linux/mount.h``: MS_*
poll           ``linux/poll.h``: pollfd
prctl          ``linux/prctl.h``: PR_*
rtnetlink      ``linux/rtnetlink.h``, ``if_link.h``, ``if_addr.h``, ``neighbour.h``: links, addresses, routes
icmp           ``linux/icmp.h``: ICMP_*, icmp_filter
icmpv6         ``linux/icmpv6.h``: ICMPV6_*, icmp6_filter
sched          ``linux/sched.h``: CLONE_NEW*
netfilter      ``linux/netfilter.h``, ``linux/netfilter/nfnetlink.h``: hooks and batches
traffic_control ``linux/pkt_sched.h``, ``linux/pkt_cls.h``: TC_H_*, TC_ACT_*
xfrm           ``linux/xfrm.h``: policies of IPsec
vm_sockets     ``linux/vm_sockets.h``: sockaddr_vm
names          not a header: numbers back to names, for evidence
============== ========================================================================================

Conventions:

* A field keeps the C field's meaning: ``__be16`` and ``__be32`` fields hold wire order, so write ``htons(ETH_P_ALL)``.
* Pointers are ``c_void_p``: they take an address as int or None, and the caller keeps the target alive.
* Binary arrays are ``c_uint8 * n`` (read them with ``bytes()``), names that end with NUL are ``c_char * n``.
* The members of an anonymous C union are fields of the structure itself, as in C.
* What Python has already is not repeated: errno, O_*, S_*, F_*, RWF_*, SPLICE_F_*, XATTR_* in os, fcntl and stat, POLL*
  and EPOLL* in select, the ioctls of files (FIO*) in termios.

``suites/selfcheck/uapi/test_uapi.py`` proves every name here against the kernel headers of the machine it runs on.
"""
