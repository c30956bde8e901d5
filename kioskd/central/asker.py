"""Whose request it is, for limits by address."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web


def asker(request: web.Request) -> str:
    """Return the address a request comes from.

    A proxy on this machine is believed about whom it speaks for (the last entry of ``X-Forwarded-For``, which
    it wrote itself); anybody else's word about that is worth nothing. A phone's IPv6 address counts as its
    network, since it has many.
    """
    remote = request.remote or ""
    try:
        if ip_address(remote).is_loopback:
            said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            remote = str(ip_address(said)) if said else remote
        address = ip_address(remote)
    except ValueError:
        return remote
    return str(address) if address.version == 4 else ":".join(address.exploded.split(":")[:4])
