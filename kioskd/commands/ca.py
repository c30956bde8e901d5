"""``kioskd ca``: the hall's own certificate authority, so that other PCs reach the hub by HTTPS."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SAYS = {
    "ca.no_names": "请写上主机的名称或地址 · name the hub's host name or address",
    "ca.bad_name": "这不是主机名或地址 · that is no host name or address",
}


def register(subparsers: Subparsers) -> None:
    """Add the command; each action sets ``run(args) -> exit status``."""
    ca = subparsers.add_parser("ca", help="证书 · the hall's own certificates for HTTPS")
    actions = ca.add_subparsers(dest="action", required=True)
    make = actions.add_parser(
        "make",
        help="生成主机证书（没有根证书时一并生成）· make the hub's certificate, and the CA if there is none",
    )
    make.add_argument("names", nargs="+", help="主机名或地址 · names or addresses that PCs open, 10.0.0.2")
    make.add_argument(
        "--hall", default="kioskd", help="写进根证书的名称 · name put into the CA (%(default)s)"
    )
    make.set_defaults(run=_make)
    export = actions.add_parser("export", help="导出根证书，装到别的电脑 · write the CA's file for other PCs")
    export.add_argument("file", type=Path, help="文件 · kioskd-ca.crt")
    export.set_defaults(run=_export)
    show = actions.add_parser("show", help="查看 · names, days left, fingerprint")
    show.set_defaults(run=_show)
    for parser in (make, export, show):
        add_data(parser)


def _make(args: argparse.Namespace) -> int:
    from kioskd.access.authority import Authority
    from kioskd.access.errors import AccessError

    if not args.data.is_dir():
        print(f"没有这个数据目录 · no such data folder: {args.data}", file=sys.stderr)
        return 1
    authority = Authority(args.data)
    try:
        fresh = authority.make(args.names, args.hall)
    except AccessError as error:
        print(f"{SAYS[error.code]}: {error}", file=sys.stderr)
        return 1
    print(f"主机证书 · the hub's certificate: {authority.hub_file} ({', '.join(authority.names())})")
    if fresh:
        print(
            f"新的根证书，装到要打开页面的每台电脑 · a new CA, to be installed on every PC that opens pages: "
            f"{authority.ca_file}\nSHA-256 {authority.fingerprint()}"
        )
    return 0


def _export(args: argparse.Namespace) -> int:
    from kioskd.access.authority import Authority

    authority = Authority(args.data)
    if not authority.ca_file.exists():
        print("还没有根证书，请先运行 kioskd ca make · no CA yet: run kioskd ca make first", file=sys.stderr)
        return 1
    shutil.copyfile(authority.ca_file, args.file)
    print(f"{args.file}\nSHA-256 {authority.fingerprint()}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from kioskd.access.authority import Authority

    authority = Authority(args.data)
    left = authority.days_left()
    if left is None:
        print("还没有证书，请先运行 kioskd ca make · no certificate yet: run kioskd ca make", file=sys.stderr)
        return 1
    print(
        f"{', '.join(authority.names())}\n"
        f"剩余 {left} 天 · {left} days left\n"
        f"SHA-256 {authority.fingerprint()}"
    )
    return 0
