"""How rows of the route table are written."""

from __future__ import annotations

from kioskd.access.roles import Role
from kioskd.hub.views import TicketView, WindowView
from kioskd.web import openapi
from kioskd.web.rights import SERVING
from kioskd.web.route import API, Handler, Keep, Route, Summary

PUBLIC, KIOSK, TELLER, GUIDE = Role.PUBLIC, Role.KIOSK, Role.TELLER, Role.GUIDE
LEAD, TECHNICIAN, AUDITOR = Role.LEAD, Role.TECHNICIAN, Role.AUDITOR
INTEGRATOR, ADMIN, STATION = Role.INTEGRATOR, Role.ADMIN, Role.STATION

TICKET_PROBLEMS = ("unknown_ticket", "code_needed", "check_wrong", "check_locked")
CHANGE_PROBLEMS = (*TICKET_PROBLEMS, "wrong_state", "no_settings")
WINDOW_PROBLEMS = ("unknown_window", "window_moved_on", "no_settings")
IN_HAND = ("window_empty", "wrong_state")
"""What is done with the ticket at a window may be refused because there is none, or it is not so far."""


def get(
    name: str,
    path: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    answer: object,
    *,
    query: object = None,
    problems: tuple[str, ...] = (),
    media_type: str = "application/json",
) -> Route:
    """A look."""
    return Route(
        name=name,
        method="GET",
        path=path,
        roles=roles,
        handler=handler,
        summary=summary,
        answers={200: answer},
        query=query,
        problems=problems,
        media_type=media_type,
    )


def post(
    name: str,
    path: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    body: object,
    answers: dict[int, object],
    *,
    problems: tuple[str, ...] = (),
    keep: Keep = Keep.DAYS_2,
    window: bool = False,
) -> Route:
    """A wish; it needs an Idempotency-Key."""
    return Route(
        name=name,
        method="POST",
        path=path,
        roles=roles,
        handler=handler,
        summary=summary,
        body=body,
        answers=answers,
        problems=problems,
        keep=keep,
        window=window,
    )


def at_window(
    name: str,
    action: str,
    handler: Handler,
    summary: Summary,
    body: object,
    answers: dict[int, object] | None = None,
    roles: frozenset[Role] = SERVING,
    problems: tuple[str, ...] = (),
) -> Route:
    """Something done at a window."""
    return post(
        name,
        f"{API}/windows/{{window}}/{action}",
        roles,
        handler,
        summary,
        body,
        answers or {200: WindowView},
        problems=(*WINDOW_PROBLEMS, *problems),
        window=True,
    )


def of_ticket(
    name: str,
    action: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    body: object = openapi.Empty,
    answers: dict[int, object] | None = None,
    keep: Keep = Keep.DAYS_2,
    problems: tuple[str, ...] = (),
) -> Route:
    """Something done with a ticket."""
    return post(
        name,
        f"{API}/tickets/{{ticket}}/{action}",
        roles,
        handler,
        summary,
        body,
        answers or {200: TicketView},
        problems=(*CHANGE_PROBLEMS, *problems),
        keep=keep,
    )
