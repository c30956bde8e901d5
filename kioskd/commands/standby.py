"""``kioskd standby`` and ``kioskd promote``: a second hall PC that can take the hub's place."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kioskd.commands.arguments import add_data, port
from kioskd.commands.run import NEEDS_PERSON, say_ready
from kioskd.commands.standby_texts import reason, say

VERSIONS = "settings-versions"
"""Folder of earlier settings in the data folder: ``settings`` are the present ones here."""

if TYPE_CHECKING:
    from kioskd.standby.control import Reply
    from kioskd.standby.follower import Config
    from kioskd.standby.promote import Promoted

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the commands; each sets ``run(args) -> exit status``."""
    standby = subparsers.add_parser(
        "standby", help="备用主机：跟随主机，启用后就是主机 · follow the hub, ready to take its place"
    )
    add_data(standby)
    standby.add_argument("--hub", help="主机地址，第一次要写 · the hub's URL, the first time")
    standby.add_argument("--name", default="standby-1", help="备用主机编号 · its name (%(default)s)")
    standby.add_argument("--code", help="配对码（主机上 kioskd pair-standby） · pairing code, the first time")
    standby.add_argument("--pair", action="store_true", help="配对后就结束 · pair, and do not follow yet")
    standby.add_argument("--ca", type=Path, help="大厅根证书 · the hall's CA, for https")
    standby.add_argument("--port", type=port, help="启用后的 HTTP 端口 · port once it is the hub")
    standby.add_argument("--debug", action="store_true", help="详细日志 · log everything")
    standby.set_defaults(run=_standby)

    promote = subparsers.add_parser("promote", help="启用备用主机（两步，要口令） · make the standby the hub")
    add_data(promote)
    promote.add_argument("--word", help="第一步给出的确认词 · the word that the first step gave")
    promote.set_defaults(run=_promote)


def _standby(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.commands.run import leaves, no_folder
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.journal.errors import JournalError
    from kioskd.journal.refused import RefusedError
    from kioskd.standby.follower import read_config

    if no_folder(args.data):
        return 1
    args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = read_config(args.data)
    logs.set_up(debug=args.debug)
    if config is None or args.code:
        config = _join(args)
        if config is None:
            return NEEDS_PERSON
    if args.pair:
        print(say("paired"))
        return 0
    status = 1
    try:
        return asyncio.run(_run(config, args))
    except* (JournalError, OSError) as errors:
        for error in leaves(errors):
            for language in LANGUAGES:
                print(explain(error, args.data, language), file=sys.stderr)
            if isinstance(error, RefusedError):
                status = NEEDS_PERSON
    return status


def _join(args: argparse.Namespace) -> Config | None:
    """Pair with the hub, once."""
    from kioskd.standby.follower import TOKEN, Config, write_config
    from kioskd.standby.messages import PAIR_PATH
    from kioskd.station.pair import PairError, pair

    if not args.hub or not args.code:
        print(say("first"), file=sys.stderr)
        return None
    ca = "hall-ca.pem" if args.ca else None
    if args.ca and ca:
        (args.data / ca).write_bytes(args.ca.read_bytes())
    ca_file = args.data / ca if ca else None
    try:
        asyncio.run(
            pair(args.hub, args.code, args.name, args.data / TOKEN, ca_file, path=PAIR_PATH, field="name")
        )
    except PairError as error:
        print(f"{say('not_paired')}\n{error.code}: {error}", file=sys.stderr)
        return None
    config = Config(name=args.name, hub=args.hub, ca_file=ca, port=args.port or 0)
    write_config(args.data, config)
    return config


async def _run(config: Config, args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.commands.run import stop_signal

    logs.hear_loop()
    stop = stop_signal()
    began = 0.0
    if not config.promoted:
        done = await _follow(config, args, stop)
        if done is None:
            return 0
        began = time.monotonic() - done.seconds
    return await _be_hub(args, args.port or config.port, stop, began)


async def _follow(config: Config, args: argparse.Namespace, stop: asyncio.Event) -> Promoted | None:
    """Follow until told to stop (None) or to take over."""
    from kioskd.access.pin import PinDoor
    from kioskd.commands.standby_page import keep_page
    from kioskd.journal.replica import Copy
    from kioskd.service import feed_watchdog, notify
    from kioskd.standby.control import listening
    from kioskd.standby.follower import Follower
    from kioskd.standby.post import Post

    copy = await asyncio.to_thread(Copy, args.data)
    post = Post(args.data, config, Follower(args.data, config, copy), copy, PinDoor(args.data))
    post.follow()
    stopping = asyncio.create_task(stop.wait(), name="stopping")
    stopping.add_done_callback(lambda _: post.over.set())
    try:
        async with listening(args.data, post.answer):
            say_ready(f"standby ready: {config.name}")
            notify("READY=1\nSTATUS=standby")
            async with asyncio.TaskGroup() as group:
                watchdog = group.create_task(feed_watchdog(post.follower.stalled))
                page = group.create_task(keep_page(post, args.port or config.port))
                await post.over.wait()
                watchdog.cancel()
                page.cancel()
    finally:
        stopping.cancel()
        await post.rest()
        if post.done is None:
            await asyncio.to_thread(copy.close)
    return post.done


async def _be_hub(args: argparse.Namespace, port: int, stop: asyncio.Event, began: float) -> int:
    """Be the hall's hub, by the settings that the former one sent."""
    from kioskd.commands.run import work
    from kioskd.commands.standby_page import facing
    from kioskd.settings import HallSettings, check, line
    from kioskd.settings.gather import MAIN
    from kioskd.standby.holding import SETTINGS_FOLDER

    def ready() -> None:
        if began:
            print(say("is_hub", seconds=f"{time.monotonic() - began:.1f}"), flush=True)

    args.file = args.data / SETTINGS_FOLDER / MAIN
    while True:
        checked = await asyncio.to_thread(check, args.file)
        if not isinstance(checked.settings, HallSettings):
            for problem in checked.problems:
                print(line(problem, "zh"), line(problem, "en"), sep="\n", file=sys.stderr)
            return 1
        web, args.port = facing(checked.settings.web, port)
        settings = msgspec.structs.replace(checked.settings, web=web)
        if not await work(settings, args, stop, versions=args.data / VERSIONS, ready=ready):
            return 0


def _promote(args: argparse.Namespace) -> int:
    from kioskd.commands.access import type_pin
    from kioskd.os_errors import why
    from kioskd.standby.control import Ask, tell

    try:
        if args.word is None:
            reply = asyncio.run(tell(args.data, Ask("status")))
            _print_status(reply)
            if not sys.stdin.isatty():
                print(say("second", word=reply.word, data=args.data))
                return 0
            word = input(say("type_word", word=reply.word)).strip()
        else:
            word = args.word
        began = time.monotonic()
        reply = asyncio.run(tell(args.data, Ask("promote", type_pin(say("type_pin")), word)))
    except OSError as error:
        print(say("no_standby", data=args.data), file=sys.stderr)
        if not isinstance(error, FileNotFoundError):
            print(f"{why(error, 'zh')} · {why(error, 'en')}", file=sys.stderr)
        return 1
    if reply.code:
        print(reason(reply.code), file=sys.stderr)
        return 1
    print(say("promoted", head=reply.head, seconds=f"{time.monotonic() - began:.1f}"))
    return 0


def _print_status(reply: Reply) -> None:
    from kioskd.standby.follower import FOLLOWING

    status = reply.status
    assert status is not None
    print(say("status", hall=status.hall or "?", hub=status.hub, stored=status.stored))
    if reply.silent_s is None:
        print(say("never"))
    elif status.code in FOLLOWING:
        print(say("shut" if status.shut else "alive"))
    else:
        print(say("silent", minutes=f"{reply.silent_s / 60:.1f}", why=reason(status.code)))
    with contextlib.suppress(ValueError):
        behind = int(status.hub_head.partition(".")[2]) - int(status.stored.partition(".")[2])
        if behind > 0:
            print(say("behind", count=behind))
