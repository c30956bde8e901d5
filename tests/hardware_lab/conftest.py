"""The lab's tests run in its virtual PC; anywhere else there is nothing here to collect."""

from __future__ import annotations

import os

import pytest

INSIDE = "KIOSKD_HARDWARE_LAB"
collect_ignore = [] if os.environ.get(INSIDE) else ["devices", "hall_pc", "screen"]


class _AtOnce:
    """Shows why a test failed when it fails: a session that is cut short has no summary."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._terminal.write_line(f"\n{report.longreprtext}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(INSIDE) and isinstance(terminal, pytest.TerminalReporter):
        config.pluginmanager.register(_AtOnce(terminal))
