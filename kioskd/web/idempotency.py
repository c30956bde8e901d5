"""Repeats: a request with the same key gets the first answer, whatever became of the line meanwhile.

Keys are the caller's own, so they are scoped to caller and route. An answer is kept as its status in
three digits and its body; what is live in it (the state of a print) is added when it is sent.
"""

from __future__ import annotations

import hashlib

import msgspec


def request_key(caller: str, route: str, key: str) -> str:
    """Return a caller's key as the journal keeps it."""
    return f"{caller} {route} {key}"


def public_caller(path: str) -> str:
    """Return what stands for a caller without a token. The path holds a ticket's secret code, which has no
    business on the disk beside the ticket.
    """
    return f"public:{hashlib.blake2b(path.encode(), digest_size=16).hexdigest()}"


def fingerprint(path: str, body: object) -> bytes:
    """Return what tells a repeat from another request under the same key: 16 bytes."""
    return hashlib.blake2b(path.encode() + b"\0" + msgspec.json.encode(body), digest_size=16).digest()


def pack(status: int, body: bytes) -> bytes:
    """Return an answer as it is kept."""
    return b"%03d" % status + body


def unpack(kept: bytes) -> tuple[int, bytes]:
    """Return status and body of a kept answer."""
    return int(kept[:3]), kept[3:]
