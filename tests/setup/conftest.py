"""A browser, where there is one."""

from __future__ import annotations

from tests.pages.conftest import browser

__all__ = ["browser"]
