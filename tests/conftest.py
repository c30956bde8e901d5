"""For all tests: property tests repeat the same examples, so that a run says something about the code.

``HYPOTHESIS_PROFILE=explore`` draws new ones, many more; `make explore` runs that. Where several processes
share the files of tests, the longest begin first. What tests write stays in memory where there is room: a
disk only outlasts a loss of power, and no test takes that away.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.started"]

LONGEST = (
    "sync/simulated/test_simulation.py",
    "install/test_switch.py",
    "system/test_city.py",
    "standby/test_page.py",
    "standby/test_take_over.py",
    "pages/test_every_page.py",
    "kiosk/test_killed.py",
    "setup/test_page.py",
    "documents/test_to_the_city.py",
    "drivers/test_fuzz.py",
    "system/test_chaos.py",
    "system/test_kill.py",
    "sync/test_protocol.py",
    "pages/test_diagnostics.py",
    "board/test_stream.py",
    "web/test_windows.py",
    "kiosk/test_kills.py",
    "demo/test_command.py",
    "demo/test_browser.py",
    "pages/days/test_citizen.py",
    "pages/days/test_admin.py",
    "pages/days/test_lead.py",
    "pages/days/test_guide.py",
    "pages/days/test_technician.py",
    "pages/days/test_auditor.py",
    "pages/days/test_business_system.py",
    "system/test_nginx.py",
    "system/test_station_remote.py",
    "kiosk/test_whole_hall.py",
    "kiosk/test_monkey.py",
    "kiosk/test_process.py",
    "board/test_command.py",
    "commands/test_new_driver.py",
    "standby/test_cut_off.py",
    "pages/test_call.py",
    "pages/test_scan.py",
    "overview/test_page.py",
    "documents/test_find.py",
    "documents/test_whole.py",
    "hall/test_machine.py",
    "kiosk/test_pictures.py",
    "kiosk/test_layout.py",
    "central/test_command.py",
    "central/test_office.py",
    "described/test_hub.py",
    "described/test_central.py",
    "system/test_keypad_day.py",
    "web/test_sign_in.py",
    "test_run.py",
    "demo/test_people.py",
    "system/test_two_tellers.py",
    "system/test_partition.py",
    "settings/test_mutation.py",
    "journal/test_kill.py",
    "test_wheel.py",
)
"""Otherwise one of them is left to the end, and the other processes have nothing to do."""

MEMORY = Path("/dev/shm")
DISK = "/var/tmp"
ROOM_BYTES = 4 << 30
"""Several times what a run has there at once; a browser wants as much to be left."""


def write_into_memory() -> None:
    """Take memory for temporary files, here and in every process that tests start.

    Not where somebody said where they go, nor where memory is small or nothing may be run from it.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    there = os.statvfs(MEMORY)
    if there.f_flag & os.ST_NOEXEC or there.f_bavail * there.f_frsize < ROOM_BYTES:
        return
    folder = MEMORY / f"kioskd-tests-{os.getuid()}"
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        # As /tmp is: what tests start under another account writes there too.
        folder.chmod(0o1777)
    if not folder.is_symlink() and folder.stat().st_uid == os.getuid():
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


write_into_memory()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Give pytest's own folder, or one on a disk to a test that is marked with ``on_disk``.

    `kioskd run` refuses to keep a hall in memory.
    """
    if request.node.get_closest_marker("on_disk") is None:
        yield tmp_path
    else:
        with tempfile.TemporaryDirectory(prefix="kioskd-", dir=DISK, ignore_cleanup_errors=True) as folder:
            yield Path(folder)


settings.register_profile(
    "same",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking through it again and again finds nothing to collect."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        here = Path(__file__).parent
        rank = {here / name: n for n, name in enumerate(LONGEST)}
        items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))
