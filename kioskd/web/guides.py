"""Routes for people who read up on a service, or choose why they rate as they do."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.hub.public import service_view
from kioskd.hub.views import ServiceView
from kioskd.web.asking import look_answer
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError


class GuideEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a service's guide with its heading."""

    id: str
    name: Name
    text: Name


class ServiceDetail(ServiceView, frozen=True, kw_only=True, omit_defaults=True):
    """A service with its guide once more as it is read: headings and texts in the hall's order."""

    guide_fields: tuple[GuideEntry, ...]


class OptionView(msgspec.Struct, frozen=True, kw_only=True):
    """An option of a rating; ``code`` is the national number that `rateTicket` takes, ``text`` the national
    text. ``en`` is for people who read English, and empty where the hall's file has none.
    """

    code: int
    text: str
    en: str = ""


class LevelView(msgspec.Struct, frozen=True, kw_only=True):
    """A level of a rating, 5 非常满意 … 1 非常不满意, and what may be chosen with it."""

    level: int
    name: str
    options: tuple[OptionView, ...]


class RatingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The national table, best level first."""

    version: str
    levels: tuple[LevelView, ...]


class LevelQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``level`` asks for one level only."""

    level: Annotated[int, Meta(ge=1, le=5)] | None = None


async def service(call: Call) -> web.Response:
    """GET services/{service}."""
    code, fields = call.path("service"), call.site.catalogue.guide_fields

    def see(state: State) -> ServiceDetail:
        found = state.book.services.get(code) if state.book is not None else None
        if found is None:
            raise ProblemError("not_found")
        entries = tuple(
            GuideEntry(id=field.id, name=field.name, text=found.guide[field.id])
            for field in fields
            if field.id in found.guide
        )
        return ServiceDetail(**msgspec.structs.asdict(service_view(state, found)), guide_fields=entries)

    return await look_answer(call, see)


async def rating_options(call: Call) -> web.Response:
    """GET rating-options."""
    table, wanted = call.site.catalogue.evaluation, call.query.level
    levels = tuple(
        LevelView(
            level=int(level),
            name=name,
            options=tuple(
                OptionView(code=int(code), text=text.zh, en=text.en)
                for code, text in table.options.get(level, {}).items()
            ),
        )
        for level, name in sorted(table.levels.items(), reverse=True)
        if wanted is None or int(level) == wanted
    )
    return respond(msgspec.json.encode(RatingOptions(version=table.version, levels=levels)))
