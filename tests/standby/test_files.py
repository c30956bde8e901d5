"""The hub's small files at its standby: whole at first, and then every change, at once."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from PIL import Image

from kioskd.access.authority import Authority, names_of
from kioskd.access.pairing import Pairing
from kioskd.access.pin import set_pin
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.backup.box import Opener, unseal
from kioskd.backup.parts import DATA, SETTINGS, lay_out
from kioskd.hub.photos import PHOTOS, Photos
from kioskd.journal.keys import KEY_NAME
from kioskd.journal.records import BEFORE_ALL
from kioskd.settings.gather import gather
from kioskd.standby.bundle import Bundle, archive, digest_of, digests
from kioskd.standby.holding import SETTINGS_FOLDER, held_files, hold
from kioskd.standby.hub import LOOK_S, Standbys
from kioskd.standby.messages import Files, Follow, ToStandby

WAIT_S = 60.0
SECRET = bytes(range(32))


class Wire:
    """What a standby is sent, laid out in its folder as it comes."""

    def __init__(self, far: Path) -> None:
        self.far, self.came = far, list[Files]()
        self._news = asyncio.Event()

    async def send_bytes(self, data: bytes) -> None:
        message = msgspec.msgpack.decode(data, type=ToStandby)
        assert isinstance(message, Files)
        await asyncio.to_thread(hold, self.far, message, unseal(message.box, Opener(SECRET)), "10.0.0.7")
        self.came.append(message)
        self._news.set()

    async def until(self, there: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not there():
                self._news.clear()
                await self._news.wait()


class Hub:
    def __init__(self, folder: Path) -> None:
        self.data, self.file = folder / "hub", folder / "etc" / "hall.toml"
        for one in (self.data, self.file.parent / "layouts"):
            one.mkdir(parents=True)
        self.file.write_text('layouts = "layouts"\n')
        (self.file.parent / "layouts" / "slip.toml").write_text("a = 1\n")
        (self.data / KEY_NAME).write_bytes(b"key")
        self.tokens = TokenStore.open(self.data / FILE_NAME)
        self.bundle = Bundle(self.data, self.data / KEY_NAME, partial(gather, self.file))

    @asynccontextmanager
    async def followed(self, far: Path, *, changes: bool = True) -> AsyncIterator[Wire]:
        standbys = Standbys(
            cast(Any, None), cast(Any, None), self.data, "hall",
            bundle=self.bundle, port=8443, tls=True, look_s=0.01, read_s=1e9,
        )  # fmt: skip
        held = held_files(far)
        follow = Follow(
            protocol=1, name="s", version="1", history="", head=BEFORE_ALL, chain=b"",
            public=Opener(SECRET).public.hex(), bundle=held.digest if held else "", changes=changes,
        )  # fmt: skip
        wire = Wire(far)
        task = asyncio.create_task(standbys._files(cast(Any, wire), follow))
        try:
            yield wire
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    hub = Hub(tmp_path)
    yield hub
    hub.tokens.close()


def knows(far: Path, station: str) -> bool:
    with contextlib.closing(TokenStore.open(far / FILE_NAME)) as store:
        return any(token.station == station for token in store.tokens())


def held_there(file: Path, content: bytes) -> Callable[[], bool]:
    return lambda: file.exists() and file.read_bytes() == content


async def test_what_changes_is_there_at_once_and_nothing_else_goes(hub: Hub, tmp_path: Path) -> None:
    assert LOOK_S <= 0.5, "a station paired a second ago is known to the standby"
    far = tmp_path / "far"
    layouts = hub.file.parent / "layouts"
    big = b"x" * 2_000_000
    (layouts / "big.toml").write_bytes(b"#" + big)
    async with hub.followed(far) as wire:
        await wire.until(lambda: (far / SETTINGS_FOLDER / "layouts" / "big.toml").exists())
        assert wire.came[0].since == ""

        pairing = Pairing(hub.tokens)
        pairing.redeem(pairing.offer("window-9"), "window-9")
        await wire.until(lambda: knows(far, "window-9"))
        set_pin(hub.data, "482915")
        await wire.until(held_there(far / "pin.json", (hub.data / "pin.json").read_bytes()))
        (layouts / "slip.toml").write_text("a = 2\n")
        await wire.until(held_there(far / SETTINGS_FOLDER / "layouts" / "slip.toml", b"a = 2\n"))
        (layouts / "new.toml").write_text("b = 1\n")
        await wire.until(held_there(far / SETTINGS_FOLDER / "layouts" / "new.toml", b"b = 1\n"))
        assert all(files.since and len(files.box) < 500_000 for files in wire.came[1:]), "changes only"

        # What is taken away is gone there, too: everything goes over once more.
        (layouts / "new.toml").unlink()
        await wire.until(lambda: not (far / SETTINGS_FOLDER / "layouts" / "new.toml").exists())
        assert wire.came[-1].since == ""
        count = len(wire.came)
    async with hub.followed(far) as again:
        (layouts / "slip.toml").write_text("a = 3\n")
        await again.until(held_there(far / SETTINGS_FOLDER / "layouts" / "slip.toml", b"a = 3\n"))
    assert count >= 6
    now = digest_of(digests(hub.bundle.parts()))
    held = held_files(far)
    assert held is not None
    assert held.digest == now


async def test_pictures_of_tellers_are_there_and_gone_with_the_hubs(hub: Hub, tmp_path: Path) -> None:
    far = tmp_path / "far"
    here, there = Photos(hub.data / PHOTOS), Photos(far / PHOTOS)
    here.keep("t1", picture("red"))
    async with hub.followed(far) as wire:
        await wire.until(lambda: there.revision("t1") != "")
        assert there.read("t1") == here.read("t1")
        here.keep("t2", picture("blue"))
        await wire.until(lambda: len(wire.came) == 2)
        assert there.read("t2") == here.read("t2")
        assert wire.came[1].since, "the new one alone goes"
        here.keep("t1", picture("green"))
        await wire.until(lambda: there.read("t1") == here.read("t1"))
        here.remove("t1")
        await wire.until(lambda: not there.revision("t1"))
        assert there.read("t2") == here.read("t2")
    # Taken down while nobody follows.
    here.remove("t2")
    async with hub.followed(far) as wire:
        await wire.until(lambda: not there.revision("t2"))


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (90, 110), colour).save(out, "PNG")
    return out.getvalue()


async def test_an_older_standby_gets_all_of_them_each_time(hub: Hub, tmp_path: Path) -> None:
    far = tmp_path / "far"
    async with hub.followed(far, changes=False) as wire:
        await wire.until(lambda: bool(wire.came))
        set_pin(hub.data, "482915")
        await wire.until(lambda: (far / "pin.json").exists())
        assert [files.since for files in wire.came] == [""] * len(wire.came)


async def test_its_certificate_is_its_own_and_stays(hub: Hub, tmp_path: Path) -> None:
    far = tmp_path / "far"
    Authority(hub.data).make(["hub.hall", "10.0.0.2"])
    # All files each time: the hub's certificate never takes the place of this PC's.
    async with hub.followed(far, changes=False) as wire:
        await wire.until(lambda: (far / "tls" / "hub.pem").exists())
        own = (far / "tls" / "hub.pem").read_bytes()
        assert own != (hub.data / "tls" / "hub.pem").read_bytes()
        assert {"hub.hall", "10.0.0.2", "10.0.0.7"} <= set(names_of(own))
        assert Authority(far).covers(["hub.hall", "10.0.0.7"])
        set_pin(hub.data, "482915")
        await wire.until(lambda: (far / "pin.json").exists())
        assert (far / "tls" / "hub.pem").read_bytes() == own
        # The hub's was renewed, for one more name.
        Authority(hub.data).make(["hub.hall", "10.0.0.3"])
        await wire.until(lambda: Authority(far).covers(["hub.hall", "10.0.0.3", "10.0.0.7"]))


def test_changes_of_what_is_not_here_are_refused(tmp_path: Path) -> None:
    parts = {DATA + "pin.json": b"{}", SETTINGS + "hall.toml": b""}
    whole = Files(box=b"", digest="one", port=1, tls=False)
    with pytest.raises(ValueError, match="not here"):
        hold(tmp_path, msgspec.structs.replace(whole, since="zero"), archive(parts), "")
    hold(tmp_path, whole, archive(parts), "")
    hold(tmp_path, Files(box=b"", digest="two", port=1, tls=False, since="one"), archive({}), "")
    assert (tmp_path / SETTINGS_FOLDER / "hall.toml").exists()


def test_a_file_is_laid_out_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {"a/one": b"first", "two": b"same"})
    before = (tmp_path / "two").stat()
    (tmp_path / "a" / "one").chmod(0o644)
    lay_out(tmp_path, {"a/one": b"first", "two": b"same"})
    assert (tmp_path / "two").stat().st_ino == before.st_ino, "what is there is left alone"
    assert (tmp_path / "a" / "one").stat().st_mode & 0o077 == 0

    def full(fd: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr("kioskd.backup.parts.os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        lay_out(tmp_path, {"a/one": b"second"})
    assert (tmp_path / "a" / "one").read_bytes() == b"first"
    with pytest.raises(ValueError, match=r"\.\."):
        lay_out(tmp_path, {"../out": b""})
