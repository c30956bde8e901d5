"""Settings of the journal."""

from __future__ import annotations

import msgspec


class JournalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a hall may set.

    ``key_file`` is where the secret key lies (empty: ``journal.key`` in the data folder). ``reserve_mib``
    is the space kept back on the disk so that a full disk still lets the journal close in order.
    ``sign_minutes`` is the longest stretch of events without a signed checkpoint.
    """

    key_file: str = ""
    reserve_mib: int = 8
    sign_minutes: int = 60
