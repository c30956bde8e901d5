"""The state as one value: what is saved, and the index over it."""

from __future__ import annotations

import msgspec

from kioskd.hall.book import Book
from kioskd.hall.index import Index
from kioskd.hall.model import Saved

APPLY_VERSION = 4
"""Raised whenever `apply` makes another state of the same events; older snapshots are then useless."""


class State(Saved, kw_only=True):
    """A hall now. Only `kioskd.hall.apply.apply` may change it."""

    index: Index = msgspec.field(default_factory=Index)

    @property
    def book(self) -> Book | None:
        """The rules, looked up by name; None before the first ``settings.applied``."""
        return self.index.book


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Saved)
_FIELDS = Saved.__struct_fields__


def new_state() -> State:
    """Return the state before any event."""
    return State()


def dump(state: State) -> bytes:
    """Return a snapshot. Equal states give equal bytes."""
    return _encoder.encode(Saved(**{name: getattr(state, name) for name in _FIELDS}))


def load(data: bytes) -> State:
    """Return the state of a snapshot made by `dump` under the same `APPLY_VERSION`.

    Raises `msgspec.DecodeError` for anything else.
    """
    saved = _decoder.decode(data)
    state = State(**{name: getattr(saved, name) for name in _FIELDS})
    state.index.rebuild(state)
    return state
