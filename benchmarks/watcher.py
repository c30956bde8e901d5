"""Somebody who looks at a window's live picture, in a process of its own as in another PC's browser.

``python -m benchmarks.watcher PORT TOKEN``: for each line it reads it begins to look, and prints a line once
it sees something; at the next it stops, and prints how many frames came in how many seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time

PATH = "/api/v1/windows/1/camera/preview"
REQUEST = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
FRAME = b"--kioskd-frame\r\n"
SEEN = 5
"""Frames after which the picture is live."""


async def _watch(port: int, token: str) -> None:
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.format(path=PATH, token=token).encode())
        stop = loop.run_in_executor(None, _told)
        frames, tail, begin = 0, b"", time.perf_counter()
        while not stop.done():
            data = tail + await reader.read(1 << 18)
            if data == tail:
                raise RuntimeError("the picture ended")
            before, frames = frames, frames + data.count(FRAME)
            if before < SEEN <= frames:
                begin = time.perf_counter()
                print("live", flush=True)
            tail = data[len(data) - len(FRAME) + 1 :] if not data.endswith(FRAME) else b""
        writer.close()
        await stop
        print(frames - SEEN, time.perf_counter() - begin, flush=True)


def _told() -> str:
    return sys.stdin.readline()


if __name__ == "__main__":
    asyncio.run(_watch(int(sys.argv[1]), sys.argv[2]))
