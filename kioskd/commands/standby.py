"""``kioskd standby`` and ``kioskd promote``: a second hall PC that can take the hub's place."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import port
from kioskd.commands.run import NEEDS_PERSON, default_data
from kioskd.commands.standby_texts import reason, say

if TYPE_CHECKING:
    from kioskd.standby.control import Ask, Reply
    from kioskd.standby.follower import Config
    from kioskd.standby.promote import Promoted

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the commands; each sets ``run(args) -> exit status``."""
    standby = subparsers.add_parser(
        "standby", help="备用主机：跟随主机，启用后就是主机 · follow the hub, ready to take its place"
    )
    _data(standby)
    standby.add_argument("--hub", help="主机地址，第一次要写 · the hub's URL, the first time")
    standby.add_argument("--name", default="standby-1", help="备用主机编号 · its name (%(default)s)")
    standby.add_argument("--code", help="配对码（主机上 kioskd pair-standby） · pairing code, the first time")
    standby.add_argument("--pair", action="store_true", help="配对后就结束 · pair, and do not follow yet")
    standby.add_argument("--ca", type=Path, help="大厅根证书 · the hall's CA, for https")
    standby.add_argument("--port", type=port, help="启用后的 HTTP 端口 · port once it is the hub")
    standby.add_argument("--debug", action="store_true", help="详细日志 · log everything")
    standby.set_defaults(run=_standby)

    promote = subparsers.add_parser("promote", help="启用备用主机（两步，要口令） · make the standby the hub")
    _data(promote)
    promote.add_argument("--word", help="第一步给出的确认词 · the word that the first step gave")
    promote.set_defaults(run=_promote)


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=default_data(), help="数据目录 · data folder of this PC (%(default)s)"
    )


def _standby(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.journal.errors import JournalError
    from kioskd.standby.follower import read_config

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
    try:
        return asyncio.run(_run(config, args))
    except* (JournalError, OSError) as errors:
        for error in errors.exceptions:
            for language in LANGUAGES:
                print(explain(error, args.data, language), file=sys.stderr)
    return 1


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
    from kioskd.commands.run import stop_signal

    stop = stop_signal()
    began = 0.0
    if not config.promoted:
        done = await _follow(config, args, stop)
        if done is None:
            return 0
        began = time.monotonic() - done.seconds
    return await _be_hub(args, stop, began)


async def _follow(config: Config, args: argparse.Namespace, stop: asyncio.Event) -> Promoted | None:
    """Follow until told to stop (None) or to take over."""
    from kioskd.access.pin import PinDoor
    from kioskd.journal.replica import Copy
    from kioskd.service import feed_watchdog, notify
    from kioskd.standby.control import listening
    from kioskd.standby.follower import Follower

    copy = await asyncio.to_thread(Copy, args.data)
    post = _Post(args.data, config, Follower(args.data, config, copy), PinDoor(args.data), copy)
    post.follow()
    stopping = asyncio.create_task(stop.wait(), name="stopping")
    stopping.add_done_callback(lambda _: post.over.set())
    try:
        async with listening(args.data, post.answer):
            print(f"standby ready: {config.name}", flush=True)
            notify("READY=1\nSTATUS=standby")
            async with asyncio.TaskGroup() as group:
                watchdog = group.create_task(feed_watchdog(post.follower.stalled))
                await post.over.wait()
                watchdog.cancel()
    finally:
        stopping.cancel()
        await post.rest()
        if post.done is None:
            await asyncio.to_thread(copy.close)
    return post.done


class _Post:
    """What the standby's process answers on this PC."""

    def __init__(self, data: Path, config: Config, follower: object, door: object, copy: object) -> None:
        from kioskd.access.pin import PinDoor
        from kioskd.journal.replica import Copy
        from kioskd.standby.follower import Follower

        assert isinstance(follower, Follower)
        assert isinstance(door, PinDoor)
        assert isinstance(copy, Copy)
        self._data, self._config = data, config
        self.follower, self._door, self._copy = follower, door, copy
        self._word = ""
        self._following: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        self.done: Promoted | None = None

    def follow(self) -> None:
        """Follow the hub; if that dies, it is over."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self.over.set()

        self._following = asyncio.create_task(self.follower.run(), name="following")
        self._following.add_done_callback(ended)

    async def rest(self) -> None:
        """Follow no longer. Raises what following died of."""
        if self._following is not None:
            self._following.cancel()
            try:
                await self._following
            except asyncio.CancelledError:
                if not self._following.cancelled():
                    raise

    def _silent(self) -> float | None:
        contact = self.follower.status.contact
        return None if not contact else max(0.0, time.time() - contact / 1000)

    async def answer(self, asked: Ask) -> Reply:
        from kioskd.standby.control import Reply

        if asked.what == "status":
            self._word = f"{secrets.randbelow(10_000):04d}"
            return Reply(status=self.follower.status, word=self._word, silent_s=self._silent())
        if asked.what != "promote" or self.over.is_set():
            return Reply(code="unknown")
        return await self._promote(asked)

    async def _promote(self, asked: Ask) -> Reply:
        import apsw
        import structlog

        from kioskd.access.pin import PinError
        from kioskd.standby.control import Reply
        from kioskd.standby.follower import held_files, read_config
        from kioskd.standby.promote import NotReadyError, promote_aside

        try:
            await asyncio.to_thread(self._door.check, asked.pin)
        except PinError as error:
            return Reply(code=error.code)
        if not self._word or not secrets.compare_digest(asked.word, self._word):
            return Reply(code="word")
        if self._copy.head.seq == 0 or held_files(self._data) is None:
            return Reply(code="not_ready")
        silent = self._silent()
        await self.rest()
        try:
            self.done = await promote_aside(
                self._data,
                self._copy,
                read_config(self._data) or self._config,
                held_files(self._data),
                24 * 3600.0 if silent is None else silent,
            )
        except (NotReadyError, apsw.Error, OSError) as error:
            self.follow()
            structlog.get_logger("kioskd").error("standby.not_promoted", reason=repr(error), exc_info=True)
            return Reply(code=error.code if isinstance(error, NotReadyError) else "failed")
        self.over.set()
        return Reply(head=str(self.done.head), seconds=self.done.seconds)


async def _be_hub(args: argparse.Namespace, stop: asyncio.Event, began: float) -> int:
    from kioskd.app import run_hub
    from kioskd.service import feed_watchdog, notify, settle_memory
    from kioskd.settings import AddressFile, HallSettings, check, line
    from kioskd.settings.gather import MAIN
    from kioskd.standby.follower import SETTINGS_FOLDER

    file = args.data / SETTINGS_FOLDER / MAIN
    checked = await asyncio.to_thread(check, file)
    if not isinstance(checked.settings, HallSettings):
        for problem in checked.problems:
            print(line(problem, "zh"), line(problem, "en"), sep="\n", file=sys.stderr)
        return 1
    async with run_hub(checked.settings, args.data, port=args.port, book=AddressFile(file), file=file) as hub:
        settle_memory()
        print(f"hall ready: {hub.url}", flush=True)
        notify(f"READY=1\nSTATUS=hub at {hub.url}")
        if began:
            print(say("is_hub", seconds=f"{time.monotonic() - began:.1f}"), flush=True)
        async with asyncio.TaskGroup() as group:
            watchdog = group.create_task(feed_watchdog(hub.stalled))
            await stop.wait()
            watchdog.cancel()
        notify("STOPPING=1")
    return 0


def _promote(args: argparse.Namespace) -> int:
    from kioskd.commands.access import type_pin
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
        print(f"{say('no_standby', data=args.data)}\n{error}", file=sys.stderr)
        return 1
    if reply.code:
        print(reason(reply.code), file=sys.stderr)
        return 1
    print(say("promoted", head=reply.head, seconds=f"{time.monotonic() - began:.1f}"))
    return 0


def _print_status(reply: Reply) -> None:
    status = reply.status
    assert status is not None
    print(say("status", hall=status.hall or "?", hub=status.hub, stored=status.stored))
    if reply.silent_s is None:
        print(say("never"))
    elif status.code in ("following", "catching_up"):
        print(say("alive"))
    else:
        print(say("silent", minutes=f"{reply.silent_s / 60:.1f}", why=reason(status.code)))
    with contextlib.suppress(ValueError):
        behind = int(status.hub_head.partition(".")[2]) - int(status.stored.partition(".")[2])
        if behind > 0:
            print(say("behind", count=behind))
