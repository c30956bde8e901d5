"""What the people at the windows ask of the state beside their own window: pure functions of it."""

from __future__ import annotations

import msgspec

from kioskd.hall.state import State


class TellerView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who serves at windows; ``window`` is where they are on duty now."""

    id: str
    name: str
    staff_no: str
    post: str = ""
    promise: str = ""
    skills: tuple[str, ...] = ()
    window: str | None = None


def tellers_view(state: State) -> tuple[TellerView, ...]:
    """Return every teller of the settings, in their order."""
    if state.book is None:
        return ()
    on_duty = {window.teller: window.id for window in state.windows.values() if window.teller is not None}
    return tuple(
        TellerView(
            id=teller.id,
            name=teller.name,
            staff_no=teller.staff_no,
            post=teller.post,
            promise=teller.promise,
            skills=teller.skills,
            window=on_duty.get(teller.id),
        )
        for teller in state.book.rules.tellers
    )
