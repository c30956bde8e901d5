"""What each show device of the hall should make visible, as pure functions of the state.

Texts are the fixed terms of a hall, in Chinese as signs have them; each says the same from longest
to shortest, and the display takes what fits.
"""

from __future__ import annotations

from drivers.call_pad.api import KeypadFace
from drivers.caller_display.api import Colour, Page, Row, SignFace
from drivers.rating_pad.api import PadFace, PadMode
from drivers.signature_pad.api import SignatureFace, SignMode
from kioskd.hall import queries
from kioskd.hall.model import Pause, SlotState, Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Window
from kioskd.hall.state import State
from kioskd.station.messages import Context

THANKS_MS = 5000
"""How long a pad thanks: as long as a second key may still correct the first."""

PAUSE_PAGE_S = 4.0
DARK = SignFace()


def sign(state: State, window: Window, at: int) -> tuple[SignFace, Context, int | None]:
    """The sign above a window, and the hall time at which it should be looked at again."""
    here = state.windows.get(window.id)
    ticket = state.tickets.get(here.ticket) if here is not None and here.ticket is not None else None
    if ticket is not None:
        return _ticket_sign(ticket, window.id), Context(ticket=ticket.id, call=_call(ticket)), None
    if not queries.window_open(state, window.id):
        return DARK, Context(), None
    if here is not None and here.pause is not None:
        face, again = _pause_sign(here.pause, state.book.rules.utc_offset_min if state.book else 0, at)
        return face, Context(), again
    if queries.waiting_for(state, window.id):
        return _one(("请等候叫号", "请等候"), Colour.GREEN), Context(), None
    return _one(("欢迎光临",), Colour.GREEN), Context(), None


def signature(state: State, window: Window) -> tuple[SignatureFace, Context]:
    """The signature pad of a window."""
    ticket = queries.signing(state, window.id)
    if ticket is None:
        return SignatureFace(), Context()
    return SignatureFace(SignMode.SIGN, ticket.number), Context(ticket=ticket.id)


def keypad(state: State, window: Window, refused: int) -> tuple[KeypadFace, Context]:
    """The keypad of a window: how many wait for it."""
    here = state.windows.get(window.id)
    waiting = queries.waiting_for(state, window.id) if queries.window_open(state, window.id) else None
    return KeypadFace(waiting, refused), Context(ticket=here.ticket if here is not None else None)


def pad(state: State, window: Window, at: int) -> tuple[PadFace, Context, int | None]:
    """The rating pad of a window, and the hall time at which it should be looked at again."""
    here = state.windows.get(window.id)
    if here is None:
        return PadFace(PadMode.CLOSED), Context(), None
    rated = state.tickets.get(here.slot) if here.slot is not None else None
    context = Context(ticket=here.ticket, slot=rated.id if rated is not None else None)
    if rated is not None:
        slot = next((slot for slot in rated.slots if slot.state is SlotState.OPEN and slot.asked), None)
        if slot is not None:
            return PadFace(PadMode.RATE, rated.number), context, None
        given = max((s.given_at for s in rated.slots if s.given_at is not None), default=None)
        if given is not None and at < given + THANKS_MS:
            return PadFace(PadMode.THANKS, rated.number), context, given + THANKS_MS
    if here.pause is not None:
        return PadFace(PadMode.PAUSED), context, None
    if not queries.window_open(state, window.id):
        return PadFace(PadMode.CLOSED), context, None
    return PadFace(PadMode.IDLE), context, None


def _ticket_sign(ticket: Ticket, window: str) -> SignFace:
    number = ticket.number
    if ticket.state is TicketState.CALLED:
        texts = (f"请{number}到{window}号窗口", f"{number}到{window}号窗口", f"{number}到{window}号", number)
        return _one(texts, Colour.RED, flash=True)
    return _one((f"{number} 正在办理", f"{number}办理中", number), Colour.GREEN)


def _pause_sign(pause: Pause, offset_min: int, at: int) -> tuple[SignFace, int | None]:
    """离岗告知: what was said about the pause takes turns, for how long as the time of the return.

    A return that is overdue is not promised any longer. Also returns when it will be.
    """
    over = pause.at + pause.minutes * 60_000 if pause.minutes else at
    pages = [("暂停服务",), ("请到其他窗口办理", "请到其他窗口")]
    if pause.reason:
        pages.append((f"原因 {pause.reason}", pause.reason))
    if pause.minutes and at < over:
        end = Moment(pause.at, pause.wall + pause.minutes * 60_000)
        until = f"{end.local(offset_min):%H:%M}"
        pages.append((f"预计{until}恢复", until))
    if pause.contact:
        pages.append((f"联系人 {pause.contact}", pause.contact))
    face = SignFace(tuple(Page((Row(texts, Colour.YELLOW),), PAUSE_PAGE_S) for texts in pages))
    return face, over if at < over else None


def _one(texts: tuple[str, ...], colour: Colour, *, flash: bool = False) -> SignFace:
    return SignFace((Page((Row(texts, colour, flash),)),))


def _call(ticket: Ticket) -> int:
    return len(ticket.calls) if ticket.state is TicketState.CALLED else 0
