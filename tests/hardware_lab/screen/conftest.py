"""The hall that the kiosk is at: the same as of a hall PC."""

from tests.hardware_lab.hall_pc.conftest import tokens
from tests.hardware_lab.hall_pc.units import somebody

__all__ = ["somebody", "tokens"]
