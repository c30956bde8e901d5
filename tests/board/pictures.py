"""The board's pictures in docs/screens/board: ``python -m tests.board.pictures`` takes them anew."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from kioskd.hub.views import HallView
from tests.board import scenes
from tests.board.stage import staged

if TYPE_CHECKING:
    from tests.board.conftest import Screens

FOLDER = Path(__file__).parents[2] / "docs" / "screens" / "board"
WIDE, TALL = (1920, 1080), (1080, 1920)

PICTURES: dict[str, tuple[HallView, str, tuple[int, int]]] = {
    "12-windows.zh": (scenes.hall(12), "zh", WIDE),
    "30-windows.en": (scenes.hall(30), "en", WIDE),
    "6-windows.both": (scenes.hall(6), "both", WIDE),
    "1-window.zh": (scenes.hall(1, notice=False), "zh", (1366, 768)),
    "12-windows-upright.both": (scenes.hall(12), "both", TALL),
    "lunch.zh": (scenes.closed("12:30"), "zh", WIDE),
    "lost.zh": (scenes.hall(6), "zh", WIDE),
}


async def taken(screens: Screens, name: str) -> Image.Image:
    """Return one picture, at half its size."""
    hall, language, size = PICTURES[name]
    async with staged(hall) as stage:
        page = await screens.board(stage.url, f"?lang={language}", size)
        if name.startswith("lost"):
            stage.broken = True
            stage.cut()
            await page.locator('.foot[data-kind="lost"]').wait_for()
        shot = await page.screenshot()
        await page.close()
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    return picture.resize((size[0] // 2, size[1] // 2), Image.Resampling.LANCZOS)


async def _all() -> None:
    from playwright.async_api import async_playwright

    from tests.board.conftest import Screens
    from tests.started import ARGUMENTS, CHROMIUM

    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in PICTURES:
            picture = await taken(Screens(browser), name)
            picture.quantize(96).save(FOLDER / f"{name}.png", optimize=True)
            print(FOLDER / f"{name}.png")  # noqa: T201 - a command
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_all())
