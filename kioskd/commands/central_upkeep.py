"""``kioskd central retention`` and ``erase``: what a central server no longer keeps."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kioskd.central.upkeep import UpkeepAsked, UpkeepDone

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Ask = Callable[[argparse.Namespace, "UpkeepAsked"], "UpkeepDone | None"]

KINDS = {
    "log": "大厅日志 · events of halls",
    "places": "失联大厅的未办号码 · open tickets of silent halls",
    "figures": "每日统计 · daily figures",
    "poor": "已办结差评件 · closed bad ratings",
    "records": "操作记录 · records of who did what",
    "parcels": "已上报评价 · ratings that were sent",
    "shared": "大厅送来的留言和电话 · words and phone numbers from halls",
    "alarms": "逾期提醒记录 · notes of reminders that were sent",
    "tickets": "待评价号码 · tickets that may be rated",
    "appointments": "预约 · appointments",
    "persons": "预约人散列值 · hashes of persons",
}


def register(actions: Subparsers, place: Callable[[argparse.ArgumentParser], None], ask: Ask) -> None:
    """Add the actions; ``place`` adds the options that say which server, ``ask`` has it do something."""
    keep = actions.add_parser("retention", help="清理到期数据 · delete what was kept long enough")
    place(keep)
    keep.add_argument("--dry-run", action="store_true", help="只统计，不删除 · only count")
    keep.set_defaults(run=lambda args: _keep(args, ask))
    erase = actions.add_parser("erase", help="按本人要求删除预约人 · forget who an appointment is for")
    place(erase)
    erase.add_argument("code", help="预约码 · the code on the citizen's phone")
    erase.set_defaults(run=lambda args: _erase(args, ask))


def _keep(args: argparse.Namespace, ask: Ask) -> int:
    from kioskd.central.upkeep import UpkeepAsked

    done = ask(args, UpkeepAsked("retention", getpass.getuser(), dry=args.dry_run))
    if done is None:
        return 1
    if done.wrong:
        print(f"保存期限设置有误 · retention.toml: {done.wrong}", file=sys.stderr)
        return 1
    for kind, count in done.gone.items():
        print(f"{count:>10}  {KINDS.get(kind, kind)}")
    if args.dry_run:
        print("只是统计，什么也没有删除 · counted only, nothing was deleted", file=sys.stderr)
    return 0


def _erase(args: argparse.Namespace, ask: Ask) -> int:
    from kioskd.central.upkeep import UpkeepAsked

    done = ask(args, UpkeepAsked("erase", getpass.getuser(), code=args.code))
    if done is None:
        return 1
    if not done.erased:
        print("没有这个预约 · there is no such appointment", file=sys.stderr)
        return 1
    print("已删除预约人 · whose appointment it is has been forgotten", file=sys.stderr)
    return 0
