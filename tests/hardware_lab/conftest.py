"""The lab's tests run in its virtual PC; anywhere else there is nothing here to collect."""

from __future__ import annotations

import os

INSIDE = "KIOSKD_HARDWARE_LAB"
collect_ignore = [] if os.environ.get(INSIDE) else ["devices", "hall_pc"]
