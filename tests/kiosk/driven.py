"""The real kiosk in a process of its own, its finger on standard input.

    python -m tests.kiosk.driven kiosk --hub URL --token-file FILE …

Runs the command as people do. Each line of input is answered by one line of JSON with what is shown:
``look``; ``touch X Y`` sends SDL the finger events that a touch panel would; ``key NAME``; ``type TEXT`` as
a scanner does; ``knock`` at the door for staff; ``speed N`` makes the kiosk's time go so much faster, ``skip
N`` leaves out so many seconds of it;
``bold`` forgets that a trembling finger touches once; ``monkey SEED N`` touches N places; ``save FILE``.
What is said is kept for ``spoken``.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import Any

import pygame

from kioskd.__main__ import main
from ui.kiosk import app as kiosk_app
from ui.kiosk import fingers
from ui.kiosk.facts import Language
from ui.kiosk.model.events import Knock, Pressed


class Heard:
    """A voice that keeps what it said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str, language: Language) -> None:
        self.said = [*self.said[-49:], text]

    def hush(self) -> None:
        pass

    def go_on(self) -> bool:
        return False


class Clock:
    """A steady clock that can go faster."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._base = self._since = time.monotonic()

    def now(self) -> float:
        return self._base + (time.monotonic() - self._since) * self.factor

    def go(self, factor: float) -> None:
        self._base, self._since, self.factor = self.now(), time.monotonic(), factor

    def skip(self, seconds: float) -> None:
        self._base += seconds


kiosk_voice = Heard()
clock = Clock()


def seen(app: kiosk_app.App) -> dict[str, Any]:
    layout = app.layout
    screen = app.kiosk.screen
    return {
        "screen": type(screen).__name__,
        "shows": layout.key if layout else "",
        "calm": app.calm and not app.moving,
        "caption": app.caption,
        "spoken": kiosk_voice.said,
        "pristine": app.kiosk.pristine and app.kiosk.warned_until is None,
        "helper": app.kiosk.helper.id if app.kiosk.helper else None,
        "frames": app.frames,
        "texts": [" ".join(label.lines) for label in layout.labels] if layout else [],
        "targets": [
            {"action": repr(target.action), "rect": list(target.rect)}
            for target in (layout.offered if layout else ())
        ],
    }


def do(app: kiosk_app.App, words: list[str]) -> None:
    match words:
        case ["touch", x, y]:
            width, height = pygame.display.get_window_size()
            where = {"touch_id": 1, "finger_id": 1, "x": int(x) / width, "y": int(y) / height}
            pygame.event.post(pygame.event.Event(pygame.FINGERDOWN, dx=0.0, dy=0.0, **where))
        case ["key", name]:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.key.key_code(name)))
        case ["type", text]:
            for sign in text:
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=ord(sign.lower()), unicode=sign))
        case ["speed", factor]:
            clock.go(float(factor))
        case ["skip", seconds]:
            clock.skip(float(seconds))
        case ["bold"]:
            fingers.DEBOUNCE_S = fingers.TYPING_DEBOUNCE_S = 0.0
        case ["knock"]:
            app.happened(Pressed(Knock()))
        case ["save", file]:
            pygame.image.save(pygame.display.get_surface(), file)


async def touched_by_a_monkey(app: kiosk_app.App, seed: int, count: int) -> dict[str, int]:
    """Touch random places, half of them targets; return how often each screen was seen."""
    chance, seen_screens = random.Random(seed), dict[str, int]()
    width, height = pygame.display.get_window_size()
    for _ in range(count):
        targets = app.layout.targets if app.layout else ()
        x, y = chance.randrange(width), chance.randrange(height)
        if targets and chance.random() < 0.6:
            rect = chance.choice(targets).rect
            x, y = rect.x + rect.w // 2, rect.y + rect.h // 2
        do(app, ["touch", str(x), str(y)])
        while pygame.event.peek(pygame.FINGERDOWN):  # noqa: ASYNC110 - SDL's own queue
            await asyncio.sleep(0)
        name = type(app.kiosk.screen).__name__
        seen_screens[name] = seen_screens.get(name, 0) + 1
    return seen_screens


async def obey(app: kiosk_app.App) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        words = line.decode().split()
        if words[0] == "monkey":
            found = await touched_by_a_monkey(app, int(words[1]), int(words[2]))
            sys.stdout.write(json.dumps({"seen": found}) + "\n")
            sys.stdout.flush()
            continue
        do(app, words)
        while pygame.event.peek((pygame.FINGERDOWN, pygame.KEYDOWN)):  # noqa: ASYNC110 - SDL's own queue
            await asyncio.sleep(0.002)
        sys.stdout.write(json.dumps(seen(app), ensure_ascii=False) + "\n")
        sys.stdout.flush()


class DrivenApp(kiosk_app.App):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, now=clock.now, voice=kiosk_voice)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(obey(self))


if __name__ == "__main__":
    kiosk_app.App = DrivenApp  # type: ignore[misc]
    sys.exit(main(sys.argv[1:]))
