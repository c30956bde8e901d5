"""Tells what just happened at the simulated devices, with the bytes behind it.

An entry names what happened by a word (``did``) and parameters; the page makes the sentence in the
reader's language. Polls and repeats, which change nothing that a person sees, never get here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from kioskd.demo.bed import BedDevice
from kioskd.demo.wire import KEPT_BURSTS

KEPT = 40
"""Entries a page that opens is told."""

TURNS_S = 15.0
"""Real time within which two pages of a sign take turns."""

SHORTEST_SLIP = 64
"""Bytes; even an empty slip resets, feeds and cuts."""

Entry = dict[str, Any]


class Story:
    """The latest happenings. ``wall`` gives the hall's wall time in milliseconds."""

    def __init__(self, wall: Callable[[], int], tell: Callable[[Entry], None]) -> None:
        self._wall = wall
        self._tell = tell
        self._seen: dict[str, Any] = {}
        self._pressed: dict[str, tuple[dict[str, Any], int]] = {}
        self._shown: dict[str, deque[tuple[list[str], float]]] = {}
        self.latest: deque[Entry] = deque(maxlen=KEPT)

    def by_hand(self, device: BedDevice, action: str) -> None:
        """Somebody pulled a plug, took out the paper or the like."""
        done = {"unplug": "unplugged", "plug": "plugged"}.get(action, action)
        done = {"unplug_line": "line_unplugged", "plug_line": "line_plugged"}.get(done, done)
        self._add(device, done, {}, [], hand=True)

    def pressed(self, device: BedDevice, **what: Any) -> None:
        """Somebody is about to press a key; it is told once the host has answered or the pad gives up."""
        after = device.line.tap.number if device.line is not None else 0
        self._pressed[device.id] = (what, after)

    def changed(self, device: BedDevice) -> None:
        """Look at a device whose view has changed."""
        if device.hands is None:
            return
        match device.kind:
            case "sign" | "board":
                self._display(device, device.hands.view())
            case "keypad" | "pad":
                self._pad(device, device.hands.view())
            case "printer":
                self._printer(device, device.hands.view())
            case "speaker":
                self._speaker(device, device.hands.view())

    def _display(self, device: BedDevice, view: dict[str, Any]) -> None:
        texts = [row["text"] for row in view["rows"]]
        before: list[str] = self._seen.get(device.id, [])
        self._seen[device.id] = texts
        if texts == before or not view["powered"] or self._alternates(device, texts):
            return
        fresh = [text for n, text in enumerate(texts) if text and (n >= len(before) or before[n] != text)]
        if fresh:
            self._add(device, "shown", {"text": " / ".join(fresh)}, self._wire(device, 1, to_host=False))
        elif not any(texts):
            self._add(device, "dark", {}, self._wire(device, 1, to_host=False))

    def _pad(self, device: BedDevice, view: dict[str, Any]) -> None:
        asked, beeps, lamp = self._seen.get(device.id, (False, view["beeps"], ""))
        asks = device.kind == "pad" and bool(view["digits"].strip())
        self._seen[device.id] = (asks, view["beeps"], view["lamp"])
        if asks and not asked:
            parameters = {"digits": view["digits"].strip()}
            self._add(device, "asks", parameters, self._wire(device, 1, to_host=False))
        if device.kind == "keypad" and view["beeps"] > beeps:
            self._add(device, "refused", {}, self._wire(device, 1, to_host=False))
        if view["lamp"] != lamp and view["lamp"] in ("taken", "failed") and device.id in self._pressed:
            what, after = self._pressed.pop(device.id)
            did = "key" if device.kind == "keypad" else "rated"
            self._add(
                device,
                did if view["lamp"] == "taken" else f"{did}_lost",
                what,
                self._wire(device, 2, after=after),
            )

    def _printer(self, device: BedDevice, view: dict[str, Any]) -> None:
        slip = view["slip"]
        before = self._seen.get(device.id, 0)
        if slip is not None and slip["n"] != before:
            self._seen[device.id] = slip["n"]
            bursts = self._wire(device, KEPT_BURSTS, to_host=False)
            # Status questions crossed the line since; they are far shorter than any slip.
            wire = [burst for burst in bursts if int(burst["length"]) >= SHORTEST_SLIP][-1:]
            self._add(device, "printed", {"n": slip["n"]}, wire)

    def _speaker(self, device: BedDevice, view: dict[str, Any]) -> None:
        sound = view["sound"]
        if sound is not None and sound["n"] != self._seen.get(device.id, 0):
            self._seen[device.id] = sound["n"]
            wire = self._wire(device, 1, to_host=False)
            self._add(device, "spoke", {"seconds": sound["seconds"]}, wire)

    def _alternates(self, device: BedDevice, texts: list[str]) -> bool:
        """Whether a sign is back at what it showed before last: pages that take turns are told once."""
        now = time.monotonic()
        shown = self._shown.setdefault(device.id, deque(maxlen=2))
        again = len(shown) == 2 and shown[0][0] == texts and now - shown[0][1] < TURNS_S
        shown.append((texts, now))
        return again

    def _wire(
        self, device: BedDevice, count: int, *, to_host: bool | None = None, after: int = 0
    ) -> list[dict[str, Any]]:
        if device.line is None:
            return []
        return device.line.tap.latest(count, to_host=to_host, after=after)

    def _add(
        self,
        device: BedDevice,
        did: str,
        parameters: dict[str, Any],
        wire: list[dict[str, Any]],
        *,
        hand: bool = False,
    ) -> None:
        entry = {
            "did": did,
            "device": device.id,
            "at": self._wall(),
            "parameters": parameters,
            "wire": wire,
            "hand": hand,
        }
        self.latest.append(entry)
        self._tell(entry)
