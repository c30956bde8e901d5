"""``kioskd city``: what a person does about the hall's way to its central server."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kioskd.commands.devices_hub import HubAsker, add_hub, refused, run

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the command and its actions; they exit 0 done, 1 refused, 2 nobody answered."""
    city = subparsers.add_parser("city", help="与中心的连接 · the way to the central server")
    actions = city.add_subparsers(dest="action", required=True, metavar="ACTION")
    retry = actions.add_parser(
        "retry", help="查清原因后重新连接 · go on after somebody has looked into a log that differs"
    )
    token = actions.add_parser("new-token", help="换一个令牌 · another token for this hall")
    for parser in (retry, token):
        add_hub(parser)
        parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="语言 · language")
    retry.set_defaults(run=lambda args: run(args, _retry))
    token.set_defaults(run=lambda args: run(args, _token))


async def _retry(hub: HubAsker, args: argparse.Namespace) -> int:
    return await _post(hub, "city/retry", "已重新连接，结果见诊断页 · asked again: see the diagnostics page")


async def _token(hub: HubAsker, args: argparse.Namespace) -> int:
    return await _post(hub, "city/token", "已换令牌，旧的随后失效 · done: the old one ends when this is used")


async def _post(hub: HubAsker, path: str, done: str) -> int:
    status, body = await hub.post(path, {})
    if status >= 300:
        return refused(body)
    print(done)
    return 0
