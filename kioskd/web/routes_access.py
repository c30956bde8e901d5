"""Rows of the route table about people's sessions and accounts."""

from __future__ import annotations

from typing import Any

from kioskd.access.accounts import Account, ClosedAddress
from kioskd.access.roles import Role
from kioskd.web import openapi, session, users
from kioskd.web.rights import ADMINS, EVERYBODY, LEADING
from kioskd.web.route import API, Handler, Route, Summary

_DOOR = ("sign_in_wrong", "sign_in_closed", "too_many_attempts")
_OWN_DOOR = ("own_password_wrong", *_DOOR[1:])


def _row(
    name: str,
    method: str,
    path: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    answers: dict[int, Any],
    body: Any = None,
    problems: tuple[str, ...] = (),
) -> Route:
    # None takes a key: what they do may be done twice, or answers with a secret.
    return Route(
        name=name,
        method=method,
        path=f"{API}/{path}",
        roles=roles,
        handler=handler,
        summary=summary,
        answers=answers,
        body=body,
        problems=problems,
        needs_key=False,
    )


def _own(
    name: str, action: str, handler: Handler, summary: Summary, body: Any, answer: Any, *problems: str
) -> Route:
    return _row(
        name,
        "POST",
        f"session{action}",
        EVERYBODY,
        handler,
        summary,
        {200 if answer is not None else 204: answer},
        body,
        problems,
    )


def _of_user(
    name: str,
    action: str,
    handler: Handler,
    summary: Summary,
    *problems: str,
    body: Any = openapi.Empty,
    answer: Any = None,
    roles: frozenset[Role] = ADMINS,
) -> Route:
    return _row(
        name,
        "POST",
        f"users/{{user}}/{action}",
        roles,
        handler,
        summary,
        {200 if answer is not None else 204: answer},
        body,
        ("unknown_account", *problems),
    )


ROUTES: tuple[Route, ...] = (
    _row(
        "getSession",
        "GET",
        "session",
        EVERYBODY,
        session.show,
        Summary("谁已登录", "Who is signed in"),
        {200: session.SessionView},
    ),
    _own(
        "signIn",
        "",
        session.begin,
        Summary("登录", "Sign in"),
        session.SignInBody,
        session.SessionView,
        *_DOOR,
        "account_disabled",
        "https_needed",
    ),
    _own("signOut", "/end", session.end, Summary("退出登录", "Sign out"), openapi.Empty, None),
    _own("lockPage", "/lock", session.lock, Summary("锁定页面", "Lock the page"), openapi.Empty, None),
    _own(
        "unlockPage",
        "/unlock",
        session.unlock,
        Summary("解锁页面", "Unlock the page"),
        session.UnlockBody,
        session.SessionView,
        *_OWN_DOOR,
    ),
    _row(
        "notePresence",
        "POST",
        "session/active",
        EVERYBODY - {Role.PUBLIC},
        session.active,
        Summary("页面前有人", "Somebody is at the page"),
        {204: None},
        openapi.Empty,
    ),
    _own(
        "changePassword",
        "/password",
        session.password,
        Summary("修改自己的密码", "Change one's own password"),
        session.PasswordBody,
        session.SessionView,
        *_OWN_DOOR,
        "password_weak",
        "password_same",
    ),
    _row(
        "listUsers",
        "GET",
        "users",
        LEADING,
        users.show_all,
        Summary("全部账号", "Every account"),
        {200: list[Account]},
    ),
    _row(
        "addUser",
        "POST",
        "users",
        ADMINS,
        users.add,
        Summary("新建账号，返回一次性密码", "Make an account; answers its one-time password"),
        {201: users.OneTime},
        users.NewUserBody,
        ("account_name_taken", "account_name_invalid", "account_role_invalid", "unknown_teller"),
    ),
    _of_user(
        "changeUser",
        "change",
        users.change,
        Summary("修改账号", "Change an account"),
        "last_admin",
        "account_role_invalid",
        "unknown_teller",
        body=users.UserBody,
    ),
    _of_user(
        "resetUser",
        "reset",
        users.reset,
        Summary("重置密码，返回一次性密码", "Reset a password; answers the one-time password"),
        answer=users.OneTime,
    ),
    _of_user("disableUser", "disable", users.disable, Summary("停用账号", "Close an account"), "last_admin"),
    _of_user("enableUser", "enable", users.enable, Summary("启用账号", "Open a closed account")),
    _of_user(
        "unlockUser",
        "unlock",
        users.unlock,
        Summary("解除登录限制", "Let an account try again at once"),
        roles=LEADING,
    ),
    _row(
        "listClosedAddresses",
        "GET",
        "closed-addresses",
        LEADING,
        users.show_addresses,
        Summary("因输错密码暂停登录的电脑", "PCs from which too many wrong passwords came"),
        {200: list[ClosedAddress]},
    ),
    _row(
        "openAddresses",
        "POST",
        "closed-addresses/open",
        LEADING,
        users.open_addresses,
        Summary("解除这些电脑的登录限制", "Let people sign in there again at once"),
        {204: None},
        openapi.Empty,
    ),
)
