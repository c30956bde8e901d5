"""Every driver there is, by the name settings use (``class.family``)."""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import Any

import msgspec

from drivers.device import Device, DeviceSink
from drivers.errors import ConfigurationError
from drivers.facts import fact
from drivers.options import why_refused
from drivers.transport.api import Line


class DeviceClass(StrEnum):
    """Kinds of device a hall has."""

    PRINTER = "printer"
    CALLER_DISPLAY = "caller_display"
    CALL_PAD = "call_pad"
    RATING_PAD = "rating_pad"
    BARCODE_READER = "barcode_reader"
    CARD_READER = "card_reader"
    SIGNATURE_PAD = "signature_pad"
    SPEAKER = "speaker"
    DOCUMENT_CAMERA = "document_camera"


PRIVATE = frozenset(
    {
        DeviceClass.BARCODE_READER,
        DeviceClass.CARD_READER,
        DeviceClass.SIGNATURE_PAD,
        DeviceClass.DOCUMENT_CAMERA,
    }
)
"""Classes whose bytes are somebody's own: of their traffic only direction and length are kept."""


class Driver(msgspec.Struct, frozen=True):
    """One registered driver.

    ``module`` holds ``Options`` (a frozen msgspec Struct that forbids unknown fields) and
    ``build(line, unit, options, sink) -> Device``; it is imported when first used, so that a hall
    pays only for the devices it has.
    """

    device_class: DeviceClass
    module: str
    schemes: tuple[str, ...]


DRIVERS: dict[str, Driver] = {
    "printer.escpos": Driver(
        DeviceClass.PRINTER, "drivers.printer.escpos.driver", ("tcp", "serial", "usb", "usblp")
    ),
    "caller_display.onbon_bx": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.onbon_bx.driver", ("tcp", "serial")
    ),
    "caller_display.pinganlihe": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.pinganlihe.driver", ("tcp", "serial")
    ),
    "caller_display.a090": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.a090.driver", ("tcp", "serial")
    ),
    "caller_display.alpha": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.alpha.driver", ("tcp", "serial")
    ),
    "caller_display.cd5220": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.cd5220.driver", ("tcp", "serial")
    ),
    "caller_display.cx_h": Driver(DeviceClass.CALLER_DISPLAY, "drivers.caller_display.cx_h.driver", ("udp",)),
    "caller_display.huidu": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.huidu.driver", ("tcp",)
    ),
    "caller_display.modbus_digits": Driver(
        DeviceClass.CALLER_DISPLAY, "drivers.caller_display.modbus_digits.driver", ("tcp", "serial")
    ),
    "call_pad.ff68": Driver(DeviceClass.CALL_PAD, "drivers.call_pad.ff68.driver", ("tcp", "serial")),
    "call_pad.hid": Driver(DeviceClass.CALL_PAD, "drivers.call_pad.hid.driver", ("evdev",)),
    "call_pad.polled": Driver(DeviceClass.CALL_PAD, "drivers.call_pad.polled.driver", ("tcp", "serial")),
    "barcode_reader.serial": Driver(
        DeviceClass.BARCODE_READER, "drivers.barcode_reader.serial.driver", ("serial", "tcp")
    ),
    "barcode_reader.wedge": Driver(
        DeviceClass.BARCODE_READER, "drivers.barcode_reader.wedge.driver", ("evdev",)
    ),
    "card_reader.sam_v": Driver(
        DeviceClass.CARD_READER, "drivers.card_reader.sam_v.driver", ("serial", "tcp")
    ),
    "card_reader.stx": Driver(DeviceClass.CARD_READER, "drivers.card_reader.stx.driver", ("serial", "tcp")),
    "signature_pad.tablet": Driver(
        DeviceClass.SIGNATURE_PAD, "drivers.signature_pad.tablet.driver", ("evdev",)
    ),
    "rating_pad.hid": Driver(DeviceClass.RATING_PAD, "drivers.rating_pad.hid.driver", ("evdev",)),
    "rating_pad.ff68": Driver(DeviceClass.RATING_PAD, "drivers.rating_pad.ff68.driver", ("tcp", "serial")),
    "document_camera.uvc": Driver(
        DeviceClass.DOCUMENT_CAMERA, "drivers.document_camera.uvc.driver", ("v4l2", "tcp")
    ),
    "speaker.pcm": Driver(DeviceClass.SPEAKER, "drivers.speaker.pcm.driver", ("alsa", "tcp")),
}


def options_type(name: str) -> type[msgspec.Struct]:
    """Return the options struct of a registered driver; KeyError when there is no such driver."""
    module = importlib.import_module(DRIVERS[name].module)
    options: type[msgspec.Struct] = module.Options
    return options


def rows_of(name: str, options: dict[str, Any]) -> int:
    """Return how many rows of text a display with these options has: 1 where they cannot say."""
    try:
        typed = msgspec.convert(options, options_type(name))
    except (ImportError, KeyError, msgspec.ValidationError):
        return 1  # building it will say what is wrong
    rows = getattr(typed, "rows", 1)
    return rows if isinstance(rows, int) else 1


def build(name: str, line: Line, unit: int, options: dict[str, Any], sink: DeviceSink) -> Device:
    """Build a driver on an open line.

    ``unit`` is the device's address on a shared line (0 where there is none); ``options`` is the
    profile merged with the device's own. Raises `ConfigurationError` for an unknown driver or
    options that don't fit.
    """
    if name not in DRIVERS:
        raise ConfigurationError("driver.unknown", fact("driver.no_such", driver=name))
    module = importlib.import_module(DRIVERS[name].module)
    try:
        typed = msgspec.convert(options, module.Options)
    except msgspec.ValidationError as error:
        why = why_refused(error) or fact("options.refused", driver=name, text=error)
        raise ConfigurationError("driver.options", why) from error
    device: Device = module.build(line, unit, typed, sink)
    return device
