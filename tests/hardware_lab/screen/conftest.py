"""The hall that the kiosk is at: the same as of a hall PC."""

from tests.hardware_lab.hall_pc.conftest import somebody, tokens

__all__ = ["somebody", "tokens"]
