"""The profiles in config/ fit their drivers, and say what their names say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.call_pad.ff68.driver import KEYS
from drivers.call_pad.ff68.driver import Options as KeypadOptions
from drivers.call_pad.hid.driver import KEYS as HID_KEYS
from drivers.call_pad.hid.driver import Options as HidKeypadOptions
from drivers.call_pad.polled.driver import Options as PolledOptions
from drivers.caller_display.a090.driver import Options as A090Options
from drivers.caller_display.alpha.driver import Options as AlphaOptions
from drivers.caller_display.cd5220.driver import Options as Cd5220Options
from drivers.caller_display.cx_h.driver import Options as CxHOptions
from drivers.caller_display.huidu.driver import Options as HuiduOptions
from drivers.caller_display.modbus_digits.driver import Options as DigitsOptions
from drivers.caller_display.onbon_bx.driver import Options as OnbonOptions
from drivers.caller_display.pinganlihe.driver import Options as PinganliheOptions
from drivers.rating_pad.ff68.driver import Options as PadOptions
from drivers.rating_pad.hid.driver import LEVELS as HID_LEVELS
from drivers.rating_pad.hid.driver import Options as HidPadOptions

PROFILES = Path(__file__).parents[3] / "config" / "profiles"
FITTING = {
    "onbon-bx-window": OnbonOptions,
    "onbon-bx-window-2row": OnbonOptions,
    "onbon-bx-board": OnbonOptions,
    "pinganlihe-window": PinganliheOptions,
    "a090-window": A090Options,
    "alpha-1line": AlphaOptions,
    "cd5220-pole": Cd5220Options,
    "cx-h-board": CxHOptions,
    "huidu-board": HuiduOptions,
    "modbus-digits": DigitsOptions,
    "polled-keypad": PolledOptions,
    "polled-counter": PolledOptions,
    "ff68-keypad": KeypadOptions,
    "ff68-pad-5": PadOptions,
    "ff68-pad-4": PadOptions,
    "ff68-pad-reversed": PadOptions,
    "hid-keypad-numeric": HidKeypadOptions,
    "hid-pad-5": HidPadOptions,
    "hid-pad-4": HidPadOptions,
    "hid-pad-reversed": HidPadOptions,
}


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((PROFILES / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize(("name", "options"), FITTING.items())
def test_a_profile_fits_its_driver(name: str, options: type[msgspec.Struct]) -> None:
    msgspec.convert(load(name), options)


@pytest.mark.parametrize(("name", "options"), FITTING.items())
def test_an_unknown_key_is_an_error(name: str, options: type[msgspec.Struct]) -> None:
    with pytest.raises(msgspec.ValidationError, match="blink"):
        msgspec.convert(load(name) | {"blink": True}, options)


def test_geometry() -> None:
    board = msgspec.convert(load("onbon-bx-board"), OnbonOptions)
    assert (board.width_px, board.height_px) == (192, 96)
    window = msgspec.convert(load("onbon-bx-window-2row"), OnbonOptions)
    assert (window.width_px, window.height_px) == (128, 32)


def test_the_keypad_profile_writes_out_the_usual_keys() -> None:
    assert msgspec.convert(load("ff68-keypad"), KeypadOptions).keys == KEYS


def test_profiles_of_pads_like_keyboards_write_out_the_usual_keys() -> None:
    assert msgspec.convert(load("hid-keypad-numeric"), HidKeypadOptions) == HidKeypadOptions(keys=HID_KEYS)
    assert msgspec.convert(load("hid-pad-5"), HidPadOptions) == HidPadOptions(levels=HID_LEVELS)
    reverse = {name: 6 - level for name, level in HID_LEVELS.items()}
    assert msgspec.convert(load("hid-pad-reversed"), HidPadOptions).levels == reverse
    assert set(msgspec.convert(load("hid-pad-4"), HidPadOptions).levels.values()) == {5, 4, 3, 2}


def test_every_pad_can_say_very_satisfied() -> None:
    for name in ("ff68-pad-5", "ff68-pad-4", "ff68-pad-reversed"):
        assert 5 in msgspec.convert(load(name), PadOptions).levels
