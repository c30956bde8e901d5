"""``kioskd central users``: who may sign in to the office's pages of a central server."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kioskd.commands.users import SAYS

if TYPE_CHECKING:
    from kioskd.central.office.users import UserAsked, UserDone

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Ask = Callable[[argparse.Namespace, "UserAsked"], "UserDone | None"]

ROLES = ("office", "auditor", "admin")


def register(actions: Subparsers, place: Callable[[argparse.ArgumentParser], None], ask: Ask) -> None:
    """Add the action; ``place`` adds the options that say which server, ``ask`` has it do something."""
    users = actions.add_parser("users", help="市级中心的账号 · accounts of the office")
    does = users.add_subparsers(dest="does", required=True, metavar="ACTION")
    for name, text in (
        ("add", "新建账号，显示一次性密码 · make an account, print its one-time password"),
        ("list", "列出账号 · list accounts"),
        ("disable", "停用账号 · close an account and end its sessions"),
        ("enable", "重新启用 · open a closed account again"),
        ("reset", "重置密码，显示一次性密码 · print a new one-time password"),
    ):
        one = does.add_parser(name, help=text)
        place(one)
        if name == "add":
            one.add_argument("role", choices=ROLES, help="角色 · what the person may do")
        if name != "list":
            one.add_argument("name", help="用户名 · the name to sign in with")
        if name == "add":
            one.add_argument("person", help="姓名 · the person's name")
        one.set_defaults(run=lambda args: _run(args, ask))


def _run(args: argparse.Namespace, ask: Ask) -> int:
    from kioskd.central.office.accounts import OfficeRole
    from kioskd.central.office.users import UserAsked

    asked = UserAsked(
        args.does,
        getpass.getuser(),
        getattr(args, "name", ""),
        getattr(args, "person", ""),
        OfficeRole(getattr(args, "role", "office")),
    )
    done = ask(args, asked)
    if done is None:
        return 1
    if done.refused:
        print(SAYS.get(done.refused, done.refused), file=sys.stderr)
        return 1
    for person in done.people:
        state = (
            f"停用 closed {_time(person.disabled)}"
            if person.disabled
            else "一次性密码 one-time password"
            if person.must_change
            else f"登录 seen {_time(person.seen)}"
        )
        print(f"{person.name}\t{person.role.value}\t{person.person}\t{state}")
    if done.password:
        print(done.password)
        print(
            "一次性密码，仅显示这一次；首次登录后须更换 · "
            "a one-time password, shown only this once; it must be changed at the first sign-in",
            file=sys.stderr,
        )
    return 0


def _time(ms: int | None) -> str:
    if ms is None:
        return "从未 never"
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
