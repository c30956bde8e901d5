"""Who is the hub of this hall, proven by the key that signs its journal.

A signed line of text, ``kioskd.hub.1 <history> <epoch>.<seq> <nonce> <url> <url> …``. Of several hubs the one
of the latest epoch is the right one: an epoch is only ever opened by a hub that took over.
"""

from __future__ import annotations

import msgspec

from kioskd.journal.keys import signature_holds
from kioskd.journal.records import Position

PROOF_PATH = "/api/v1/hub"
FENCE_PATH = "/api/v1/hub/fence"


class HubProof(msgspec.Struct, frozen=True, kw_only=True):
    """A hub's word. ``nonce`` is the asker's, ``key`` and ``signature`` are hex, ``urls`` where it is
    reached.
    """

    history: str
    epoch: int
    seq: int
    nonce: str
    urls: tuple[str, ...]
    key: str
    signature: str = ""

    @property
    def head(self) -> Position:
        """How far its journal went."""
        return Position(self.epoch, self.seq)

    def text(self) -> bytes:
        """What the signature covers."""
        return " ".join(("kioskd.hub.1", self.history, str(self.head), self.nonce, *self.urls)).encode()


def holds(proof: HubProof, key: str, nonce: str | None, history: str = "") -> bool:
    """Whether a hub that has the pinned key said this, to this nonce (None: any), of this history (empty:
    any).
    """
    if proof.key != key or nonce not in (None, proof.nonce) or (history and proof.history != history):
        return False
    if any(not text or any(c.isspace() for c in text) for text in (proof.history, proof.nonce, *proof.urls)):
        return False
    try:
        return signature_holds(bytes.fromhex(key), proof.text(), bytes.fromhex(proof.signature))
    except ValueError:
        return False
