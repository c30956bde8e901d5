"""This PC's own IPv4 addresses, and where a word to everybody near goes."""

from __future__ import annotations

import fcntl
import socket
import struct

_GET_ADDRESS, _GET_BROADCAST = 0x8915, 0x8919  # SIOCGIFADDR, SIOCGIFBRDADDR of linux/sockios.h


def interfaces() -> list[tuple[str, str]]:
    """Return address and broadcast address of every interface that has both, but the loopback's."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                address, broadcast = (
                    socket.inet_ntoa(fcntl.ioctl(asking.fileno(), what, request)[20:24])
                    for what in (_GET_ADDRESS, _GET_BROADCAST)
                )
            except OSError:
                continue  # it is down, or has no such address
            if not address.startswith("127."):
                found.append((address, broadcast))
    return found
