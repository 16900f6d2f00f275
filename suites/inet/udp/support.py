"""What the clauses of UDP share: datagrams that arrive whole or in fragments, and the counters of what did not."""

from helpers.messages import Message
from helpers.net.ip_host import PORT, Host
from helpers.net.ip_packets import fragments, udp
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.socket import MSG_DONTWAIT


def counted(host: Host) -> tuple[int, int]:
    """Return (UdpInErrors, UdpInCsumErrors) of the host's version of IP."""
    with host.near.namespace, open("/proc/thread-self/net/snmp" + ("6" if host.ip.number == 6 else "")) as file:
        text = file.read()
    if host.ip.number == 6:
        found = dict(line.split() for line in text.splitlines())
        return int(found["Udp6InErrors"]), int(found["Udp6InCsumErrors"])
    names, values = [line.split()[1:] for line in text.splitlines() if line.startswith("Udp:")]
    found = dict(zip(names, map(int, values), strict=True))
    return found["InErrors"], found["InCsumErrors"]


def deliver(host: Host, port: int, data: bytes, piece: int = 0, check: int | None = None) -> None:
    """Have a datagram arrive, in fragments of *piece* bytes unless that is 0."""
    if not piece:
        host.deliver_udp(port, data, check=check)
        return
    ip = host.ip
    for part in fragments(ip, udp(ip, (ip.there, PORT), (ip.here, port), data, check), ip.there, ip.here, piece):
        host.deliver(part)


def take(socket: Socket, sizes: list[int], flags: int = 0) -> tuple[Result, bytes, int]:
    """Receive into pieces of *sizes*, without waiting; return the result, what they hold and msg_flags."""
    message = Message(sizes)
    result = socket.recvmsg(message.header, flags | MSG_DONTWAIT)
    data = message.data(min(result.value, sum(sizes))) if result.ok else b""
    return result, data, message.header.msg_flags
