"""``kioskd users``: who may sign in to the hall's pages.

Writes the access file of a data folder; a running hub notices within a second, and every change gets
into its journal.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kioskd.access.roles import PERSONS, Role
from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    from kioskd.access.accounts import Accounts
    from kioskd.hall.commands import By

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_ROLES = [role.value for role in Role if role in PERSONS]

SAYS = {
    "access.newer": "数据目录是更新版本写的 · the data folder was written by a later release",
    "account_name_invalid": "用户名用 2 至 32 个小写字母、数字、点或横线 · "
    "a name has 2 to 32 small letters, digits, dots or dashes",
    "account_name_taken": "已有这个账号 · there is such an account already",
    "account_role_invalid": "这个角色不能登录 · that role cannot sign in",
    "last_admin": "这是最后一位管理员 · this is the last administrator",
    "unknown_account": "没有这个账号 · there is no such account",
}


def register(subparsers: Subparsers) -> None:
    """Add the command; each action sets ``run(args) -> exit status``."""
    users = subparsers.add_parser("users", help="账号管理 · accounts of the people of the hall")
    actions = users.add_subparsers(dest="action", required=True)

    add = _action(
        actions, "add", "新建账号，显示一次性密码 · make an account, print its one-time password", _add
    )
    add.add_argument("role", choices=_ROLES, help="角色 · what the person may do")
    add.add_argument("name", help="用户名 · the name to sign in with")
    add.add_argument("person", help="姓名 · the person's name")
    add.add_argument("--teller", help="设置文件里的柜员编号 · the teller of the settings that this is")

    _action(actions, "list", "列出账号 · list accounts", _list)
    for name, text, work in (
        ("disable", "停用账号 · close an account and end its sessions", _disable),
        ("enable", "重新启用 · open a closed account again", _enable),
        ("reset", "重置密码，显示一次性密码 · print a new one-time password", _reset),
        ("unlock", "解除登录限制 · let an account try again at once", _unlock),
    ):
        _action(actions, name, text, work).add_argument("name", help="用户名 · name of the account")


def _action(
    actions: Subparsers, name: str, text: str, work: Callable[[Accounts, argparse.Namespace], None]
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text)
    add_data(parser)
    parser.set_defaults(run=lambda args: _run(work, args))
    return parser


def _run(work: Callable[[Accounts, argparse.Namespace], None], args: argparse.Namespace) -> int:
    from kioskd.access.accounts import Accounts
    from kioskd.access.database import AccessDatabase
    from kioskd.access.errors import AccessError, AccountRefusedError
    from kioskd.access.passwords import Passwords
    from kioskd.access.tokens import FILE_NAME

    if not args.data.is_dir():
        print(f"没有这个数据目录 · no such data folder: {args.data}", file=sys.stderr)
        return 1
    try:
        database = AccessDatabase.open(args.data / FILE_NAME)
    except AccessError as error:
        print(f"{SAYS[error.code]}: {error}", file=sys.stderr)
        return 1
    try:
        work(Accounts(database, Passwords()), args)
    except AccountRefusedError as refused:
        print(SAYS[refused.code], file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


def _add(accounts: Accounts, args: argparse.Namespace) -> None:
    secret = accounts.add(args.name, args.person, Role(args.role), teller=args.teller, by=_by())
    _tell(secret)


def _reset(accounts: Accounts, args: argparse.Namespace) -> None:
    _tell(accounts.reset(args.name, by=_by()))


def _disable(accounts: Accounts, args: argparse.Namespace) -> None:
    accounts.disable(args.name, by=_by())


def _enable(accounts: Accounts, args: argparse.Namespace) -> None:
    accounts.enable(args.name, by=_by())


def _unlock(accounts: Accounts, args: argparse.Namespace) -> None:
    accounts.unlock(args.name, by=_by())


def _list(accounts: Accounts, args: argparse.Namespace) -> None:
    for one in accounts.all():
        state = (
            f"停用 closed {_time(one.disabled)}"
            if one.disabled
            else f"暂停登录 shut out {one.closed_s} s"
            if one.closed_s
            else "一次性密码 one-time password"
            if one.must_change
            else f"登录 seen {_time(one.seen)}"
        )
        print(f"{one.name}\t{one.role.value}\t{one.person}\t{one.teller or '-'}\t{state}")


def _tell(secret: str) -> None:
    print(secret)
    print(
        "一次性密码，仅显示这一次；首次登录后须更换 · "
        "a one-time password, shown only this once; it must be changed at the first sign-in",
        file=sys.stderr,
    )


def _by() -> By:
    from kioskd.hall.commands import By

    return By(kind="person", id=getpass.getuser(), role="technician", via="command")


def _time(ms: int | None) -> str:
    if ms is None:
        return "从未 never"
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
