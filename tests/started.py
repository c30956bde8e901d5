"""What is started once for all tests of a process, as starting it costs more than most of them.

A headless Chromium: each test has contexts of its own in it. A test that asks for it runs in the event loop
that it lives in; other async fixtures of such a test say ``loop_scope="session"`` to be there too, and a test
that wants those without a browser is marked with it. A PostgreSQL server: each test has databases of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.central.server import PostgresServer

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in BROWSERS if (found := shutil.which(name))), None)
NO_BROWSER = f"none of {', '.join(BROWSERS)} is installed, so no browser sees these pages"
NOT_NEEDED = (
    # A browser's own pages that show what is typed into its address line. It draws them beforehand for each
    # window, which costs three times what the page of a test does.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    # What Playwright leaves out itself: only the last such list counts.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NOT_NEEDED)}",
]


FONTS = """<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def own_fonts(folder: Path) -> dict[str, str]:
    """Return the environment of a browser that has hanzi, as a PC in an office, whatever this machine has."""
    file = folder / "fonts.conf"
    file.write_text(FONTS.format(fonts=ROOT / "ui" / "fonts", cache=folder / "cache"), "utf-8")
    return dict(os.environ) | {"FONTCONFIG_FILE": str(file)}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("KIOSKD_NEED_BROWSER"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    api = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    async with api.async_playwright() as playwright:
        fonts = own_fonts(tmp_path_factory.mktemp("fonts"))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, env=fonts)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Nothing is open in it before a test, and what the test opened is closed after it."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    from tests.central.server import start_postgres

    with start_postgres(in_memory=True) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
