"""For all tests: property tests repeat the same examples, so that a run says something about the code.

``HYPOTHESIS_PROFILE=explore`` draws new ones, many more; `make explore` runs that. Where several processes
share the files of tests, the longest begin first.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.started"]

LONGEST = (
    "kiosk/test_killed.py",
    "sync/simulated/test_simulation.py",
    "pages/test_every_page.py",
    "install/test_switch.py",
    "standby/test_take_over.py",
    "pages/days/test_admin.py",
    "pages/days/test_lead.py",
    "pages/days/test_citizen.py",
    "pages/days/test_guide.py",
    "pages/days/test_technician.py",
    "pages/days/test_auditor.py",
    "pages/days/test_business_system.py",
    "pages/test_diagnostics.py",
    "setup/test_page.py",
    "system/test_city.py",
    "kiosk/test_kills.py",
    "standby/test_page.py",
    "documents/test_to_the_city.py",
    "system/test_chaos.py",
    "central/test_office.py",
    "board/test_stream.py",
    "standby/test_cut_off.py",
    "kiosk/test_whole_hall.py",
    "described/test_hub.py",
    "described/test_central.py",
    "system/test_nginx.py",
    "documents/test_find.py",
    "demo/test_command.py",
    "demo/test_people.py",
    "demo/test_browser.py",
    "kiosk/test_monkey.py",
    "kiosk/test_process.py",
    "journal/test_kill.py",
    "commands/test_new_driver.py",
    "test_wheel.py",
)
"""Otherwise one of them is left to the end, and the other processes have nothing to do."""

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
