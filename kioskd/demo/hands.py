"""What a person can see and do at each kind of simulated device.

One class per kind, found by the driver whose far end it is.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from drivers.call_pad.ff68.simulator import SimulatedKeypad
from drivers.call_pad.hid.simulator import SimulatedHidKeypad
from drivers.call_pad.polled.simulator import SimulatedPolledKeypad
from drivers.caller_display.a090.simulator import A090Board
from drivers.caller_display.alpha.simulator import AlphaSign
from drivers.caller_display.cd5220.simulator import Cd5220Display
from drivers.caller_display.cx_h.simulator import CxHBoard
from drivers.caller_display.huidu.simulator import HuiduBoard
from drivers.caller_display.onbon_bx.simulator import OnbonSign
from drivers.caller_display.pinganlihe.simulator import PinganliheBoard
from drivers.caller_display.simulated import SimulatedSign
from drivers.document_camera.uvc.simulator import PAPERS, SimulatedCamera
from drivers.ff68.simulator import SimulatedPad
from drivers.hid.simulator import SimulatedKeys
from drivers.printer.escpos import paper
from drivers.printer.escpos.simulator import EscposSimulator
from drivers.rating_pad.ff68.simulator import SimulatedRatingPad
from drivers.rating_pad.hid.simulator import SimulatedHidRatingPad
from drivers.speaker.pcm.simulator import SimulatedSpeaker

NEARLY_EMPTY_MM = 2000.0
"""Paper left on a roll that the near-end sensor reports: about thirty slips."""


class Hands(Protocol):
    """A simulated device within reach."""

    @property
    def simulator(self) -> Any:
        """The far end of the line."""

    def view(self) -> dict[str, Any]:
        """What is seen, drawn only from received bytes; ``powered`` is always there."""

    def actions(self) -> list[str]:
        """What can be done now, beside pulling plugs."""

    def do(self, action: str) -> None:
        """Do one of `actions`."""


class DisplayHands:
    """A window sign or hall board."""

    def __init__(self, simulator: SimulatedSign) -> None:
        self.simulator = simulator

    def view(self) -> dict[str, Any]:
        """Its dots and texts."""
        return self.simulator.view()

    def actions(self) -> list[str]:
        """Its power switch."""
        return ["power_off" if self.simulator.powered else "power_on"]

    def do(self, action: str) -> None:
        """Use the switch."""
        _switch(self.simulator, action)


class PadHands:
    """A call keypad or rating pad."""

    def __init__(self, simulator: SimulatedPad | SimulatedPolledKeypad | SimulatedKeys) -> None:
        self.simulator = simulator

    def view(self) -> dict[str, Any]:
        """Its digits, lamp and keys."""
        return self.simulator.view()

    def actions(self) -> list[str]:
        """Its power switch."""
        return ["power_off" if self.simulator.powered else "power_on"]

    def do(self, action: str) -> None:
        """Use the switch."""
        _switch(self.simulator, action)


class PrinterHands:
    """A ticket printer."""

    def __init__(self, simulator: EscposSimulator, width_dots: int, font: Path) -> None:
        self.simulator = simulator
        self._width = width_dots
        self._font = font

    def view(self) -> dict[str, Any]:
        """Its state and newest slip."""
        seen = self.simulator.view()
        slips = self.simulator.slips
        newest = slips[-1] if slips else None
        return {
            "powered": seen["power"],
            "paper": "jammed" if seen["jammed"] else seen["paper"],
            "cover": seen["cover"],
            "printing": seen["printing"],
            "slip": {"n": newest.id, "complete": newest.complete} if newest is not None else None,
        }

    def picture(self, number: int) -> Callable[[], bytes] | None:
        """Return what draws a slip as PNG, callable in another thread; None for one it has forgotten."""
        for piece in self.simulator.slips:
            if piece.id == number:
                return lambda: paper.render(piece, self._width, self._font)
        return None

    def actions(self) -> list[str]:
        """Paper, cover, cutter, power."""
        seen = self.simulator.view()
        return [
            "power_off" if seen["power"] else "power_on",
            *(["refill"] if seen["paper"] != "full" else ["near_end"]),
            *(["empty"] if seen["paper"] != "out" else []),
            "clear_jam" if seen["jammed"] else "jam",
            "close_cover" if seen["cover"] == "open" else "open_cover",
        ]

    def do(self, action: str) -> None:
        """Lend a hand, or a nuisance."""
        match action:
            case "refill":
                self.simulator.refill()
            case "near_end":
                self.simulator.refill(NEARLY_EMPTY_MM)
            case "empty":
                self.simulator.empty()
            case "jam":
                self.simulator.jam()
            case "clear_jam":
                self.simulator.clear()
            case "open_cover":
                self.simulator.open_cover()
            case "close_cover":
                self.simulator.close_cover()
            case _:
                _switch(self.simulator, action)


class SpeakerHands:
    """A loudspeaker, and what was heard from it."""

    def __init__(self, simulator: SimulatedSpeaker) -> None:
        self.simulator = simulator

    def view(self) -> dict[str, Any]:
        """Whether it sounds, and its newest announcement."""
        return self.simulator.view()

    def sound(self, number: int) -> bytes | None:
        """Return an announcement as a wav file; None for one it has forgotten."""
        heard = next((heard for heard in self.simulator.heard if heard.number == number), None)
        return heard.wav() if heard is not None and heard.ended else None

    def actions(self) -> list[str]:
        """The amplifier's switch."""
        return ["power_off" if self.simulator.powered else "power_on"]

    def do(self, action: str) -> None:
        """Use the switch."""
        _switch(self.simulator, action)


class CameraHands:
    """A document camera and what lies under it."""

    def __init__(self, simulator: SimulatedCamera) -> None:
        self.simulator = simulator

    def view(self) -> dict[str, Any]:
        """Its light, and the paper."""
        return self.simulator.view()

    def actions(self) -> list[str]:
        """Other paper, the lamp, its power switch."""
        others = [f"lay_{paper}" for paper in PAPERS if paper != self.simulator.paper]
        lamp = "lamp_on" if self.simulator.dark else "lamp_off"
        return ["power_off" if self.simulator.powered else "power_on", *others, lamp]

    def do(self, action: str) -> None:
        """Do one of them."""
        if action.startswith("lay_"):
            self.simulator.lay(action.removeprefix("lay_"))
        elif action.startswith("lamp_"):
            self.simulator.dark = action == "lamp_off"
        else:
            _switch(self.simulator, action)


def _switch(simulator: Any, action: str) -> None:
    if action == "power_off":
        simulator.power_off()
    else:
        simulator.power_on()


def _printer(unit: int, options: Any, speed: float) -> Hands:
    font = Path(str(files("ui") / "fonts" / "NotoSansSC-Regular-subset.otf"))
    simulator = EscposSimulator(width_dots=options.width_dots, speed=speed, cut_feed_mm=options.cut_feed_mm)
    return PrinterHands(simulator, options.width_dots, font)


def _digits(unit: int, options: Any, speed: float) -> Hands:
    # Here, because a hall without such a display need not load pymodbus.
    from drivers.caller_display.modbus_digits.simulator import ModbusDigits

    return DisplayHands(ModbusDigits(unit, options))


HANDS: dict[str, Callable[[int, Any, float], Hands]] = {
    "printer.escpos": _printer,
    "caller_display.onbon_bx": lambda unit, options, speed: DisplayHands(OnbonSign(unit, options)),
    "caller_display.pinganlihe": lambda unit, options, speed: DisplayHands(PinganliheBoard(unit, options)),
    "caller_display.a090": lambda unit, options, speed: DisplayHands(A090Board(unit, options)),
    "caller_display.alpha": lambda unit, options, speed: DisplayHands(AlphaSign(unit, options)),
    "caller_display.cd5220": lambda unit, options, speed: DisplayHands(Cd5220Display(unit, options)),
    "caller_display.cx_h": lambda unit, options, speed: DisplayHands(CxHBoard(unit, options)),
    "caller_display.huidu": lambda unit, options, speed: DisplayHands(HuiduBoard(unit, options)),
    "caller_display.modbus_digits": _digits,
    "call_pad.polled": lambda unit, options, speed: PadHands(SimulatedPolledKeypad(unit, options)),
    "call_pad.ff68": lambda unit, options, speed: PadHands(SimulatedKeypad(unit, options)),
    "call_pad.hid": lambda unit, options, speed: PadHands(SimulatedHidKeypad(options)),
    "rating_pad.hid": lambda unit, options, speed: PadHands(SimulatedHidRatingPad(options)),
    "rating_pad.ff68": lambda unit, options, speed: PadHands(SimulatedRatingPad(unit, options)),
    "document_camera.uvc": lambda unit, options, speed: CameraHands(SimulatedCamera(unit, options, speed)),
    "speaker.pcm": lambda unit, options, speed: SpeakerHands(SimulatedSpeaker(unit, options, speed)),
}
"""Makes the simulated far end of a driver: unit on its line, the driver's options, and how much faster
than in life paper runs and speakers speak."""
