"""``kioskd token`` and ``kioskd pair``: who may use a hub.

They write the access file of a data folder; a running hub notices within a second.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.access.errors import AccessError
from kioskd.access.pairing import LIFE_MS, Pairing
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_ROLES = [role.value for role in Role if role not in (Role.PUBLIC, Role.STATION, Role.STANDBY)]


def register(subparsers: Subparsers) -> None:
    """Add the commands; each sets ``run(args) -> exit status``."""
    token = subparsers.add_parser("token", help="令牌管理 · make, list and revoke API tokens")
    actions = token.add_subparsers(dest="action", required=True)

    add = actions.add_parser("add", help="新建令牌 · make a token and print it once")
    add_data(add)
    add.add_argument("role", choices=_ROLES, help="角色 · what the holder may do")
    add.add_argument("label", help="说明 · who or what holds it")
    add.add_argument("--window", help="只能操作该窗口 · bind it to one window")
    add.add_argument(
        "--origin",
        action="append",
        default=[],
        help="可在哪个网页里使用，可写几次 · site whose pages may use it, such as https://desk.example",
    )
    add.set_defaults(run=_add)

    listing = actions.add_parser("list", help="列出令牌 · list tokens, never their secrets")
    add_data(listing)
    listing.set_defaults(run=_list)

    revoke = actions.add_parser("revoke", help="吊销令牌 · end a token at once")
    add_data(revoke)
    revoke.add_argument("id", help="令牌编号 · the token's id from the list")
    revoke.set_defaults(run=_revoke)

    pair = subparsers.add_parser("pair", help="配对工作站 · print a code that a new station types once")
    add_data(pair)
    pair.add_argument("station", help="工作站编号 · the station's id in its own settings")
    pair.set_defaults(run=_pair)

    standby = subparsers.add_parser(
        "pair-standby", help="配对备用主机 · print a code that a new standby hub types once"
    )
    add_data(standby)
    standby.add_argument("name", help="备用主机编号 · the standby's name, such as standby-1")
    standby.set_defaults(run=_pair_standby)

    pin = subparsers.add_parser("pin", help="设置大厅口令（启用备用主机时要输） · set the hall's PIN")
    add_data(pin)
    pin.set_defaults(run=_pin)

    face = subparsers.add_parser(
        "pair-face", help="配对评价屏 · print a code to type at a window's /rate page"
    )
    add_data(face)
    face.add_argument("window", help="窗口编号 · the window's id")
    face.set_defaults(run=_pair_face)


def _add(args: argparse.Namespace) -> int:
    store = _open(args.data)
    if store is None:
        return 1
    try:
        token, secret = store.add(Role(args.role), args.label, window=args.window, origins=args.origin)
    except AccessError as error:
        print(f"网址应写作 https://desk.example · {error}", file=sys.stderr)
        return 1
    finally:
        store.close()
    print(secret)
    print(f"{token.id}: 仅显示这一次，请妥善保存 · shown only this once, keep it safe", file=sys.stderr)
    return 0


def _list(args: argparse.Namespace) -> int:
    store = _open(args.data)
    if store is None:
        return 1
    try:
        tokens = store.tokens()
    finally:
        store.close()
    for token in tokens:
        bound = (
            f"window {token.window}" if token.window else f"station {token.station}" if token.station else "-"
        )
        state = f"revoked {_time(token.revoked)}" if token.revoked else f"used {_time(token.last_used)}"
        print(f"{token.id}\t{token.role.value}\t{bound}\tmade {_time(token.created)}\t{state}\t{token.label}")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    store = _open(args.data)
    if store is None:
        return 1
    try:
        found = store.revoke(args.id)
    finally:
        store.close()
    if not found:
        print(f"没有有效的令牌 · no living token is called {args.id}", file=sys.stderr)
    return 0 if found else 1


def _pair(args: argparse.Namespace) -> int:
    minutes = LIFE_MS // 60_000
    hint = f"{minutes} 分钟内在工作站输入一次 · type it at the station within {minutes} minutes"
    return _offer(args.data, lambda pairing: pairing.offer(args.station), hint)


def _pair_standby(args: argparse.Namespace) -> int:
    from kioskd.access.pin import is_set

    if not _is_there(args.data):
        return 1
    if not is_set(args.data):
        print(
            "先用 kioskd pin 设置大厅口令，启用备用主机时要输 · set the hall's PIN first: kioskd pin",
            file=sys.stderr,
        )
        return 1
    minutes = LIFE_MS // 60_000
    hint = f"{minutes} 分钟内在备用主机输入一次 · type it at the standby within {minutes} minutes"
    return _offer(args.data, lambda pairing: pairing.offer_standby(args.name), hint)


def _pin(args: argparse.Namespace) -> int:
    from kioskd.access.pin import PinError, set_pin

    if not _is_there(args.data):
        return 1
    try:
        set_pin(args.data, type_pin("新口令（6 至 12 位数字） · new PIN (6 to 12 digits): "))
    except PinError:
        print(
            "口令须为 6 至 12 位数字，不能只用一两种数字 · 6 to 12 digits, not of two kinds", file=sys.stderr
        )
        return 1
    print("大厅口令已设置 · the PIN is set")
    return 0


def type_pin(prompt: str) -> str:
    """Return what is typed unseen, or the next line where there is no terminal."""
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _pair_face(args: argparse.Namespace) -> int:
    minutes = LIFE_MS // 60_000
    hint = f"{minutes} 分钟内在评价屏输入一次 · type it at the rating face within {minutes} minutes"
    return _offer(args.data, lambda pairing: pairing.offer_face(args.window), hint)


def _offer(data: Path, make: Callable[[Pairing], str], hint: str) -> int:
    store = _open(data)
    if store is None:
        return 1
    try:
        code = make(Pairing(store))
    finally:
        store.close()
    print(code)
    print(hint, file=sys.stderr)
    return 0


def _is_there(data: Path) -> bool:
    """Whether the data folder is; says so where it is not."""
    if not data.is_dir():
        print(f"没有这个数据目录 · no such data folder: {data}", file=sys.stderr)
        return False
    return True


def _open(data: Path) -> TokenStore | None:
    if not _is_there(data):
        return None
    try:
        return TokenStore.open(data / FILE_NAME)
    except AccessError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return None


def _time(ms: int | None) -> str:
    if ms is None:
        return "never"
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
