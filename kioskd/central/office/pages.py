"""Pages of the office: the frame of the hub's pages around folders of ``ui/web`` of its own."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from aiohttp import web

from kioskd.central.office.accounts import OfficeRole, Visit
from kioskd.central.office.door import ALL, LOOKING_AFTER, Door, OfficeSession, Plain, view
from kioskd.web.help import help_routes
from kioskd.web.language import Language, texts
from kioskd.web.pages import HELP, PAGE_HEADERS, SHARED, VENDOR, sentences
from kioskd.web.problem import ProblemError
from kioskd.web.route import Summary
from kioskd.web.staff import html, page_language, problem_page


class OfficePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; ``roles`` None is everybody's."""

    path: str
    folder: str
    title: Summary
    roles: frozenset[OfficeRole] | None = ALL
    frame: str = "page"
    menu: bool = True
    help: str = "city-office"


PAGES: tuple[OfficePage, ...] = (
    OfficePage(path="/office", folder="office", title=Summary("大厅", "Halls"), help="city-office#大厅"),
    OfficePage(
        path="/office/hall", folder="office_hall", title=Summary("大厅详情", "One hall"), menu=False,
        help="city-office#大厅",
    ),
    OfficePage(
        path="/office/ratings", folder="office_poor", title=Summary("差评处理", "Bad ratings"),
        help="city-office#差评处理",
    ),
    OfficePage(
        path="/office/reports", folder="office_reports", title=Summary("异常与报表", "Reports"),
        help="city-office#异常与报表",
    ),
    OfficePage(
        path="/office/records", folder="office_records", title=Summary("操作记录", "Records"),
        roles=LOOKING_AFTER, help="city-office#操作记录",
    ),
    OfficePage(
        path="/password", folder="password", title=Summary("修改密码", "Change password"),
        roles=None, frame="bare", menu=False,
    ),
    OfficePage(
        path="/sign-in", folder="sign_in", title=Summary("登录", "Sign in"),
        roles=None, frame="bare", menu=False,
    ),
)  # fmt: skip

FOLDERS: frozenset[str] = frozenset({SHARED, VENDOR, HELP, "figures", *(page.folder for page in PAGES)})
CITY = Summary("市级中心", "City office")


def add_pages(app: web.Application, door: Door) -> None:
    """Add the pages; the files they ask for are `FOLDERS`."""
    for page in PAGES:
        app.router.add_get(page.path, _shower(page, door))
    app.router.add_get("/home", _home)
    app.router.add_routes(help_routes())


async def _home(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/office", headers=PAGE_HEADERS)


def _shower(page: OfficePage, door: Door) -> Plain:
    async def show(request: web.Request) -> web.StreamResponse:
        language = page_language(request)
        try:
            visit, secret = await door.visit(request)
            if page.roles is not None:
                if visit is None or visit.limited:
                    forced = visit is not None and not visit.locked
                    target = "/password" if forced else "/sign-in"
                    headers = {**PAGE_HEADERS, "Location": f"{target}?next={quote(request.rel_url.path)}"}
                    return web.Response(status=303, headers=headers)
                if visit.who.role not in page.roles:
                    raise ProblemError("not_allowed", {"role": visit.who.role.value})
            return html(page.frame, _boot(page, visit, view(visit, secret, door.wall()), language))
        except ProblemError as error:
            return problem_page(error, language)

    return show


def _boot(
    page: OfficePage, visit: Visit | None, session: OfficeSession, language: Language
) -> dict[str, object]:
    who = None if visit is None else visit.who
    menu = [
        {"path": one.path, "title": _said(one.title, language)}
        for one in PAGES
        if one.menu and who is not None and one.roles is not None and who.role in one.roles
    ]
    said = dict(sentences(SHARED, language)) | sentences(page.folder, language)
    return {
        "language": language.value,
        "other": (Language.EN if language is Language.ZH else Language.ZH).value,
        "hall": _said(CITY, language),
        "title": _said(page.title, language),
        "say": said,
        "person": "" if who is None else who.person,
        "role": "" if who is None else texts(language).word.get(f"role.{who.role.value}", ""),
        "menu": menu,
        "page": page,
        "boot": {
            "page": page.folder,
            "path": page.path,
            "language": language.value,
            "session": msgspec.to_builtins(session),
            "menu": menu,
            "texts": said,
        },
    }


def _said(title: Summary, language: Language) -> str:
    return title.zh if language is Language.ZH else title.en
