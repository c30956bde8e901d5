"""What is said of a screen to who cannot see it: pure.

The screen itself first, then each choice as it is gone through. What counts down is not said.
"""

from __future__ import annotations

from dataclasses import dataclass

from ui.kiosk.placed import Layout
from ui.kiosk.words import Words


@dataclass(frozen=True)
class Heard:
    """What was last spoken of: the screen and the choice (None: the screen itself)."""

    screen: str = ""
    choice: int | None = None


def sentence(layout: Layout, focus: int | None, heard: Heard, said: Words) -> tuple[str, Heard]:
    """Return what is to be said now, empty where nothing is new, and what has been heard then."""
    choices = layout.offered
    screen = f"{layout.key}/{layout.spoken}"
    if focus is not None and focus < len(choices):
        now = Heard(screen, focus)
        if now == heard:
            return "", heard
        if screen == heard.screen or not layout.spoken:
            return said.option_of.format(at=focus + 1) + choices[focus].spoken, now
        # The screen changed under the finger: what is new comes first, then where one is.
        return layout.spoken + said.pause + choices[focus].spoken, now
    now = Heard(screen)
    if screen == heard.screen and heard.choice is None:
        return "", heard
    text = layout.spoken
    if len(choices) > 1:
        text += said.pause + said.options.format(count=len(choices)) + said.press_hint
    return text, now
