"""Pages of people who work in the hall: one frame around each, made here; what is in it is the page's own.

A page is a folder of ``ui/web`` with ``body.html`` (what stands in the frame), ``main.js``, ``style.css``
and its sentences; a row of `STAFF` makes it a route. docs/pages.md says how one is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from urllib.parse import quote

import msgspec
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kioskd.hall.rules import Name
from kioskd.journal.errors import JournalError
from kioskd.web.asking import look
from kioskd.web.call import Call
from kioskd.web.language import Language, choose, fill, texts
from kioskd.web.modules import modules
from kioskd.web.pages import PAGE_HEADERS, ROOT, SHARED, sentences
from kioskd.web.problem import ProblemError, status_of
from kioskd.web.route import Handler, Route, Summary
from kioskd.web.session import SessionView, hall_time, view
from kioskd.web.staff_pages import STAFF, Page

HTML = "text/html"
LANGUAGE = "kioskd_language"
"""Cookie with the language a person chose for pages on this PC."""


def staff_routes() -> tuple[Route, ...]:
    """Return the rows of the route table for all pages."""
    return tuple(
        Route(
            name=page.name,
            method="GET",
            path=page.path,
            roles=page.roles,
            handler=_shower(page),
            summary=page.title,
            answers={200: None},
            media_type=HTML,
            refuse=_refuse,
        )
        for page in STAFF
    )


async def home(request: web.Request) -> web.StreamResponse:
    """Send whoever opens the hub's bare address to their page."""
    raise web.HTTPSeeOther("/home", headers=PAGE_HEADERS)


async def to_setup(request: web.Request) -> web.StreamResponse:
    """Send whoever opens a hub that has no hall yet to where it is set up."""
    raise web.HTTPSeeOther("/setup", headers=PAGE_HEADERS)


def _shower(page: Page) -> Handler:
    async def show(call: Call) -> web.StreamResponse:
        language = page_language(call.request)
        boot = await _boot(call, page, language)
        return html(page.frame, boot | {"page": page})

    return show


async def _boot(call: Call, page: Page, language: Language) -> dict[str, object]:
    """Return what the page begins with; a hub that takes nothing at present still shows its pages."""
    name: Name | None = None
    at = hall_time(call)
    session = SessionView(state="none", at=at)
    try:
        name = await look(call, lambda state: state.rules.name if state.rules is not None else None)
        session = await view(call, call.session, call.secret)
    except JournalError:
        if call.session is not None:
            session = SessionView(state="open" if not call.session.limited else "locked", at=at)
    role = call.principal.role
    menu = [
        {"path": one.path, "title": _said(one.title, language)}
        for one in STAFF
        if one.menu and role in one.roles
    ]
    said = dict(sentences(SHARED, language)) | sentences(page.folder, language)
    return {
        "language": language.value,
        "other": (Language.EN if language is Language.ZH else Language.ZH).value,
        "hall": (name.zh if language is Language.ZH else name.en) if name is not None else "kioskd",
        "title": _said(page.title, language),
        "say": said,
        "person": session.person or "",
        "role": texts(language).word.get(f"role.{role.value}", "") if session.person else "",
        "menu": menu,
        "boot": {
            "page": page.folder,
            "path": page.path,
            "language": language.value,
            "session": msgspec.to_builtins(session),
            "menu": menu,
            "texts": said,
        },
    }


def _refuse(request: web.Request, error: ProblemError) -> web.Response:
    """Lead to what is missing, or say on a page why it is not shown."""
    language = page_language(request)
    target = {
        "token_missing": "/sign-in",
        "session_over": "/sign-in",
        "session_locked": "/sign-in",
        "password_change_needed": "/password",
    }.get(error.code)
    if target is not None:
        headers = {**PAGE_HEADERS, "Location": f"{target}?next={quote(request.rel_url.path)}"}
        return web.Response(status=303, headers=headers)
    return problem_page(error, language)


def problem_page(error: ProblemError, language: Language, home: str = "/home") -> web.Response:
    """Say on a page what is wrong; ``home`` is where its button leads."""
    known = texts(language)
    sentence = known.problem.get(error.code) or known.problem["internal"]
    said = {name: known.word.get(f"{name}.{value}", value) for name, value in error.named.items()}
    values = {
        "language": language.value,
        "title": known.page.get(f"{error.code}.title", sentence.title),
        "detail": known.page.get(f"{error.code}.text") or fill(sentence.detail, said),
        "say": sentences(SHARED, language),
        "home": home,
    }
    return html("problem", values, status_of(error.code))


def page_language(request: web.Request) -> Language:
    """Return the language a person chose for pages, or that of the browser."""
    chosen = request.cookies.get(LANGUAGE)
    if chosen in tuple(Language):
        return Language(chosen)
    return choose(request.headers.get("Accept-Language", ""))


def _said(title: Summary, language: Language) -> str:
    return title.zh if language is Language.ZH else title.en


def html(
    template: str, values: Mapping[str, object], status: int = 200, *, folder: str = SHARED
) -> web.Response:
    """Return a page made of a template of ``ui/web/shared``, or of another folder there."""
    text = _templates().get_template(f"{folder}/{template}.html").render(values)
    headers = {**PAGE_HEADERS, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
    return web.Response(text=text, status=status, content_type=HTML, charset="utf-8", headers=headers)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(ROOT),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["modules"] = partial(modules, ROOT)
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    templates.policies["json.dumps_function"] = json.dumps
    return templates
