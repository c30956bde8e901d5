"""Talking to the standby's process on the same PC: a socket in its data folder, one JSON line each way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

from kioskd.standby.follower import Status

SOCKET = "standby.sock"
_LARGEST = 64 * 1024


class Ask(msgspec.Struct, frozen=True):
    """``what`` is ``status`` or ``promote``; the latter needs the PIN and the word that the status gave."""

    what: str
    pin: str = ""
    word: str = ""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """``code`` is empty when it was done. ``word`` goes with the next ``promote``, so that what was seen is
    what is decided on; ``silent_s`` is for how long the hub has not been heard, None for never.
    """

    code: str = ""
    status: Status | None = None
    word: str = ""
    silent_s: float | None = None
    url: str = ""
    head: str = ""
    seconds: float = 0.0


@contextlib.asynccontextmanager
async def listening(data: Path, answer: Callable[[Ask], Awaitable[Reply]]) -> AsyncIterator[None]:
    """Answer who may write to the data folder until the block is left; an answer under way is finished."""
    under_way: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            asked = msgspec.json.decode(await reader.readline(), type=Ask)
            reply = await answer(asked)
            writer.write(msgspec.json.encode(reply) + b"\n")
            await writer.drain()
        except (msgspec.DecodeError, ConnectionError, ValueError):
            pass
        finally:
            under_way.discard(task)
            writer.close()

    path = data / SOCKET
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, str(path), limit=_LARGEST)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        await asyncio.gather(*under_way, return_exceptions=True)
        await server.wait_closed()
        path.unlink(missing_ok=True)


async def tell(data: Path, asked: Ask) -> Reply:
    """Ask the standby's process. Raises OSError when there is none."""
    reader, writer = await asyncio.open_unix_connection(str(data / SOCKET), limit=_LARGEST)
    try:
        writer.write(msgspec.json.encode(asked) + b"\n")
        await writer.drain()
        return msgspec.json.decode(await reader.readline(), type=Reply)
    except msgspec.DecodeError as error:
        raise ConnectionResetError(str(error)) from error
    finally:
        writer.close()
