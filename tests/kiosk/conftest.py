"""Drawing without a screen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from tests.demo.hall import DemoHall
from ui.kiosk.draw import Fonts


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHall]:
    """One hub for all tests that neither end it nor leave it otherwise than they found it."""
    with DemoHall(tmp_path_factory.mktemp("hall") / "data") as hall:
        yield hall


@pytest.fixture(scope="session")
def fonts() -> Iterator[Fonts]:
    pygame.font.init()
    yield Fonts()
    pygame.font.quit()
