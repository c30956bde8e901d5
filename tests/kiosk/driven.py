"""The real kiosk in a process of its own, its finger on standard input.

    python -m tests.kiosk.driven kiosk --hub URL --token-file FILE …

Runs the command as people do. Each line of input is answered by one line of JSON with what is shown:
``look``; ``touch X Y`` sends SDL the finger events that a touch panel would; ``key NAME``; ``save FILE``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pygame

from kioskd.__main__ import main
from ui.kiosk import app as kiosk_app


def seen(app: kiosk_app.App) -> dict[str, Any]:
    layout = app.layout
    screen = app.kiosk.screen
    return {
        "screen": type(screen).__name__,
        "calm": app.calm,
        "frames": app.frames,
        "texts": [" ".join(label.lines) for label in layout.labels] if layout else [],
        "targets": [
            {"action": repr(target.action), "rect": list(target.rect)}
            for target in (layout.targets if layout else ())
        ],
    }


def do(app: kiosk_app.App, words: list[str]) -> None:
    match words:
        case ["touch", x, y]:
            width, height = pygame.display.get_window_size()
            where = {"touch_id": 1, "finger_id": 1, "x": int(x) / width, "y": int(y) / height}
            for kind in (pygame.FINGERDOWN, pygame.FINGERUP):
                pygame.event.post(pygame.event.Event(kind, dx=0.0, dy=0.0, **where))
        case ["key", name]:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.key.key_code(name)))
        case ["save", file]:
            pygame.image.save(pygame.display.get_surface(), file)


async def obey(app: kiosk_app.App) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        do(app, line.decode().split())
        while pygame.event.peek((pygame.FINGERUP, pygame.KEYDOWN)):  # noqa: ASYNC110 - SDL's own queue
            await asyncio.sleep(0.002)
        sys.stdout.write(json.dumps(seen(app), ensure_ascii=False) + "\n")
        sys.stdout.flush()


class DrivenApp(kiosk_app.App):
    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(obey(self))


if __name__ == "__main__":
    kiosk_app.App = DrivenApp  # type: ignore[misc]
    sys.exit(main(sys.argv[1:]))
