"""Which pages staff have: the address of each, its folder in ``ui/web``, and who may open it."""

from __future__ import annotations

import msgspec

from kioskd.access.roles import Role
from kioskd.web.rights import EVERYBODY, LEADING, REVIEWING, SERVING, SETTING
from kioskd.web.route import Summary


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page. ``frame`` is ``page`` (with the header) or ``bare`` (nothing around it); only a page with
    ``menu`` stands in the menu of those who may open it. ``help`` is the chapter of the manuals about it
    (`kioskd.web.help`); only what has no room for a link has none.
    """

    name: str
    path: str
    folder: str
    roles: frozenset[Role]
    title: Summary
    frame: str = "page"
    menu: bool = True
    help: str = ""


STAFF: tuple[Page, ...] = (
    Page(
        name="callPage",
        path="/call",
        help="teller",
        folder="call",
        roles=SERVING,
        title=Summary("叫号", "Calling"),
    ),
    Page(
        name="stripPage",
        path="/call/strip",
        folder="strip",
        roles=SERVING,
        title=Summary("叫号条", "Call strip"),
        frame="bare",
        menu=False,
    ),
    Page(
        name="overviewPage",
        path="/overview",
        help="lead",
        folder="overview",
        roles=REVIEWING,
        title=Summary("总览", "Overview"),
    ),
    Page(
        name="poorRatingsPage",
        path="/poor-ratings",
        help="operators#差评办理带班领导",
        folder="poor_ratings",
        roles=REVIEWING,
        title=Summary("差评", "Bad ratings"),
    ),
    Page(
        name="rosterPage",
        path="/roster",
        help="operators#排班带班领导",
        folder="roster",
        roles=LEADING | {Role.TELLER, Role.GUIDE, Role.AUDITOR},
        title=Summary("排班", "Roster"),
    ),
    Page(
        name="guidePage",
        path="/guide",
        help="guide",
        folder="guide",
        roles=LEADING | {Role.GUIDE},
        title=Summary("导办", "Guide"),
    ),
    Page(
        name="figuresPage",
        path="/figures",
        help="lead#看统计",
        folder="figures",
        roles=SERVING | {Role.AUDITOR},
        title=Summary("统计", "Figures"),
    ),
    Page(
        name="storyPage",
        path="/story",
        help="lead#查一个号的来龙去脉",
        folder="story",
        roles=REVIEWING,
        title=Summary("来龙去脉", "Ticket story"),
    ),
    Page(
        name="diagnosticsPage",
        path="/diagnostics",
        help="technician#诊断页",
        folder="diagnostics",
        roles=LEADING | {Role.TECHNICIAN},
        title=Summary("诊断", "Diagnostics"),
    ),
    Page(
        name="settingsPage",
        path="/settings",
        help="technician#在页面上改设置",
        folder="settings",
        roles=SETTING,
        title=Summary("设置", "Settings"),
    ),
    Page(
        name="setupPage",
        path="/setup",
        help="setup",
        folder="setup",
        roles=SETTING,
        title=Summary("设置向导", "Setting up"),
        frame="bare",
        menu=False,
    ),
    Page(
        name="usersPage",
        path="/users",
        help="admin",
        folder="users",
        roles=LEADING,
        title=Summary("账号", "Accounts"),
    ),
    Page(
        name="homePage",
        path="/home",
        help="troubles",
        folder="home",
        roles=EVERYBODY - {Role.PUBLIC},
        title=Summary("首页", "Home"),
        menu=False,
    ),
    Page(
        name="passwordPage",
        path="/password",
        help="admin",
        folder="password",
        roles=EVERYBODY,
        title=Summary("修改密码", "Change password"),
        frame="bare",
        menu=False,
    ),
    Page(
        name="signInPage",
        path="/sign-in",
        help="troubles",
        folder="sign_in",
        roles=EVERYBODY,
        title=Summary("登录", "Sign in"),
        frame="bare",
        menu=False,
    ),
)
"""Every page of staff, in the order of the menu."""
