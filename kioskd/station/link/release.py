"""Which release a hub has for its stations, in its own signed words.

A signed line of text, ``kioskd.release.1 <history> <version> <arch> <size> <sha256> <nonce> <quiet>``. The
hub offers what it runs itself, so a hub that went back takes its stations back.
"""

from __future__ import annotations

import msgspec

from kioskd.journal.keys import signature_holds

RELEASE_PATH = "/api/v1/release"
FILE_PATH = "/api/v1/release/file"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A hub's word. ``sha256``, ``key`` and ``signature`` are hex, ``size`` is in bytes, ``nonce`` the
    asker's; ``quiet``: no session of the hall runs, so nobody waits for a device.
    """

    history: str
    version: str
    arch: str
    size: int
    sha256: str
    nonce: str
    quiet: bool
    key: str
    signature: str = ""

    def text(self) -> bytes:
        """What the signature covers."""
        words = (self.history, self.version, self.arch, self.size, self.sha256, self.nonce, int(self.quiet))
        return " ".join(("kioskd.release.1", *map(str, words))).encode()

    def holds(self, key: str, nonce: str) -> bool:
        """Whether the hub that has the pinned key said this, to this nonce."""
        spoken = (self.history, self.version, self.arch, self.sha256, self.nonce)
        if self.key != key or self.nonce != nonce or any(not word or " " in word for word in spoken):
            return False
        try:
            return signature_holds(bytes.fromhex(key), self.text(), bytes.fromhex(self.signature))
        except ValueError:
            return False
