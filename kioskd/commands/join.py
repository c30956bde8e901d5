"""``kioskd join``: a hall joins its central queue server."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

CA_FILE = "central-ca.pem"
"""The authority that the central server's certificate must come from, as it was when the hall joined."""

_SENTENCES = {
    "code_wrong": "加入码不对或已过期，请在中心重新生成 · wrong code, or its time is over: ask for a new one",
    "too_many_attempts": "试得太多，请一分钟后再试 · too many tries: wait a minute",
    "away": "连不上中心 · the central server cannot be reached",
    "certificate": "中心的证书不可信 · the central server's certificate is not trusted",
    "answer": "对方不是 kioskd 中心 · what answered is no central server of ours",
}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    join = subparsers.add_parser("join", help="加入中心 · join a central queue server")
    join.add_argument("url", help="中心地址 · its address, such as https://queue.city.example")
    join.add_argument("code", help="加入码 · the code that `kioskd central enrol` printed there")
    add_data(join)
    join.add_argument("--ca", type=Path, help="中心的 CA 证书 · authority of the server's certificate")
    join.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from kioskd.journal.files import write_new
    from kioskd.sync.join import JoinError, join
    from kioskd.sync.settings import CentralSettings

    token_file = args.data / CentralSettings(url="http://-", hall="-x").token_file
    try:
        args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        joined = asyncio.run(join(args.url, args.code, token_file, args.ca))
        if args.ca:
            write_new(args.data / CA_FILE, args.ca.read_bytes(), 0o644)
    except JoinError as error:
        sentence = _SENTENCES.get(error.code, "没有加入 · not joined")
        print(f"{sentence}\n{error.code}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"令牌存不下来 · the token could not be kept: {error}", file=sys.stderr)
        return 1
    print(f"已加入：{joined.name}（{joined.hall}） · joined as {joined.hall}")
    print("在 hall.toml 中写上 · put this into hall.toml:\n")
    print(f'[central]\nurl = "{args.url}"\nhall = "{joined.hall}"')
    if args.ca:
        print(f'ca_file = "{CA_FILE}"')
    return 0
