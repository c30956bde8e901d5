"""Scanners, PINs, the voice and what it says, looks: the small parts by themselves."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
import wave
from pathlib import Path

import pygame
import pytest

from tests.kiosk.scenes import SIZES, scenes
from ui.kiosk import scanner
from ui.kiosk.draw import Fonts, Kept, Painter
from ui.kiosk.layout import lay_out
from ui.kiosk.model.events import Helper
from ui.kiosk.people import People, Person, read_people, secret
from ui.kiosk.speech import Heard, sentence
from ui.kiosk.theme import Theme, panel, read_theme
from ui.kiosk.voice import Recordings, Silent, covered, numeral, open_voice, units
from ui.kiosk.wedge import APART_S, SCANNED, Wedge
from ui.kiosk.words import words

# --- scanners -----------------------------------------------------------------------------------


def test_a_burst_of_signs_is_a_scan_with_or_without_an_end_mark() -> None:
    for ends in (True, False):
        wedge, now = Wedge(), 10.0
        for at, sign in enumerate("c_0123456789ab"):
            assert wedge.typed(sign, now + at * 0.01) == ("", "")
        now += 0.14
        if ends:
            assert wedge.entered(now), "the Enter belongs to the scan"
        assert wedge.due(now + 2 * APART_S) == ("c_0123456789ab", "")
        assert wedge.due(now + 9.0) == ("", "")


def test_fingers_type_single_keys() -> None:
    wedge, keys = Wedge(), ""
    for at, sign in enumerate("tuixiu"):
        scan, typed = wedge.typed(sign, at * 0.15)
        assert scan == ""
        keys += typed
    scan, typed = wedge.due(9.0)
    assert (scan, keys + typed) == ("", "tuixiu")
    assert not wedge.entered(10.0), "an Enter by itself is a person's"
    short = Wedge()
    for at in range(SCANNED - 1):
        short.typed("1", at * 0.01)
    assert short.due(9.0) == ("", "1" * (SCANNED - 1))


async def test_a_serial_scanner_is_read_line_by_line_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, found = tmp_path / "scanner", asyncio.Queue[str]()
    monkeypatch.setattr(scanner, "AGAIN_S", 0.01)
    following = asyncio.create_task(scanner.follow(str(port), 9600, found.put_nowait))
    try:
        for text in ("c_0123456789abcdef", "YY2026"):
            master, slave = pty.openpty()
            tty.setraw(slave)
            port.symlink_to(os.ttyname(slave))
            async with asyncio.timeout(30):
                # What comes before the port is open is lost, as with a real one.
                while found.empty() or found.get_nowait() != text:
                    os.write(master, text[:4].encode())
                    await asyncio.sleep(0.02)
                    os.write(master, text[4:].encode() + b"\r\n")
                    await asyncio.sleep(0.02)
            port.unlink()
            os.close(slave)
            os.close(master)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


# --- people -------------------------------------------------------------------------------------


def test_pins_and_cards_are_kept_as_salted_hashes(tmp_path: Path) -> None:
    one, again = secret("2468"), secret("2468")
    assert one != again
    assert "2468" not in one
    people = People((Person(kind="guide", id="g01", name="导办台", pin=one, card=secret("CARD-1")),))
    assert people.who("2468") == people.who("CARD-1") == Helper("guide", "g01", "导办台")
    assert people.who("2469") is None
    assert not read_people(None)
    file = tmp_path / "people.toml"
    file.write_text(f'[[person]]\nkind = "technician"\nid = "t1"\nname = "技术员"\npin = "{one}"\n')
    assert read_people(file).who("2468") == Helper("technician", "t1", "技术员")
    for bad in (
        '[[person]]\nkind = "boss"\nid = "b"\nname = "b"\npin = "2468"\n',
        '[[person]]\nkind = "guide"\nid = "g"\nname = "g"\n',
        '[[person]]\nkind = "guide"\nid = "g"\nname = "g"\npin = "2468"\n',
    ):
        file.write_text(bad)
        with pytest.raises(ValueError, match=r"kind|neither|pin"):
            read_people(file)


# --- the voice ----------------------------------------------------------------------------------


def test_every_screen_and_every_choice_is_said(fonts: Fonts) -> None:
    for language in ("zh", "en"):
        for name, (kiosk, now) in scenes(language, False, spoken=True).items():  # type: ignore[arg-type]
            layout = lay_out(kiosk, now, panel(*SIZES[0]), Theme(), fonts.measure)
            said = words(kiosk.language)
            text, heard = sentence(layout, None, Heard(), said)
            assert text, name
            assert sentence(layout, None, heard, said)[0] == "", "a screen is said once"
            for at, target in enumerate(layout.offered):
                text, heard = sentence(layout, at, heard, said)
                assert target.spoken in text, (name, at)


def test_what_counts_down_is_not_said_again(fonts: Fonts) -> None:
    kiosk, now = scenes("zh", False)["number"]
    layouts = [lay_out(kiosk, now + later, panel(*SIZES[0]), Theme(), fonts.measure) for later in (0.0, 3.0)]
    assert layouts[0] != layouts[1]
    _, heard = sentence(layouts[0], None, Heard(), words("zh"))
    assert sentence(layouts[1], None, heard, words("zh"))[0] == ""


@pytest.mark.parametrize(
    ("value", "said"), [(0, "零"), (9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"),
                        (110, "一百一十"), (1001, "一千零一"), (9999, "九千九百九十九")]
)  # fmt: skip
def test_numbers_are_read_as_people_do(value: int, said: str) -> None:
    assert numeral(value) == said


def test_recordings_cover_a_sentence_from_the_longest() -> None:
    known = {units(text): Path(text) for text in ("综合", "综合业务", "前面", "人", "十", "二")}
    assert covered(units("综合业务前面 12 人"), known) == [
        units("综合业务"), units("前面"), ("十",), ("二",), ("人",),
    ]  # fmt: skip
    assert covered(units("综合窗口"), known) is None


def test_the_loudspeaker_plays_what_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    (tmp_path / "zh").mkdir()
    for text in ("请确认", "社保卡"):
        with wave.open(str(tmp_path / "zh" / f"{text}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22050)
            file.writeframes(b"\0\0" * 2000)
    assert isinstance(open_voice(None), Silent)
    voice = open_voice(tmp_path)
    assert isinstance(voice, Recordings)
    try:
        voice.say("请确认。社保卡，无人等候", "zh")
        assert pygame.mixer.Channel(0).get_busy()
        assert voice.go_on(), "the next piece waits for the first"
        voice.hush()
        assert not voice.go_on()
        voice.say("没有录音的话", "zh")
        assert not pygame.mixer.Channel(0).get_busy()
    finally:
        pygame.mixer.quit()


def test_where_sound_cannot_be_loaded_there_are_captions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing:
        def init(self, **_: object) -> None:
            raise NotImplementedError("mixer module not available (ImportError: libgthread-2.0.so.0)")

    monkeypatch.setattr(pygame, "mixer", Missing())
    assert isinstance(open_voice(tmp_path), Silent)


# --- looks --------------------------------------------------------------------------------------


def test_a_theme_brings_colours_and_a_logo(tmp_path: Path, fonts: Fonts) -> None:
    logo = pygame.Surface((40, 40))
    logo.fill((200, 30, 30))
    pygame.image.save(logo, str(tmp_path / "logo.png"))
    file = tmp_path / "theme.toml"
    file.write_text('logo = "logo.png"\n[colours]\nbrand = "#7A1F1F"\n[motion]\nmilliseconds = 0\n')
    theme = read_theme(file)
    kiosk, now = scenes("zh", False)["home"]
    layout = lay_out(kiosk, now, panel(1366, 768), theme, fonts.measure)
    pygame.display.init()
    pygame.display.set_mode((1, 1))
    try:
        surface = pygame.Surface((1366, 768))
        Painter(surface, fonts, theme.logo).paint(layout)
        middle = layout.pictures[0].rect
        assert surface.get_at((middle.x + 5, middle.y + middle.h // 2))[:3] == (200, 30, 30)
    finally:
        pygame.display.quit()
    for bad in ('logo = "gone.png"\n', "[motion]\nmilliseconds = 5000\n", '[contrast]\nink = "#808080"\n'):
        file.write_text(bad)
        with pytest.raises(ValueError, match=r"logo|motion|contrast"):
            read_theme(file)


def test_the_sample_look_is_a_good_one() -> None:
    root = Path(__file__).resolve().parents[2]
    assert read_theme(root / "config" / "kiosk" / "theme.toml").colours.brand == "#8C2A22"
    assert not read_people(root / "config" / "kiosk" / "people.toml")


def test_what_is_kept_stays_within_its_weight() -> None:
    kept: Kept[bytes] = Kept(100, 50, len)
    for at in range(30):
        kept.get(at, lambda: b"0123456789")
    made: list[int] = []
    for at in range(25, 30):
        kept.get(at, lambda at=at: made.append(at) or b"")  # type: ignore[misc,func-returns-value]
    assert made == []
    kept.get(1, lambda: made.append(1) or b"")  # type: ignore[func-returns-value]
    assert made == [1]
