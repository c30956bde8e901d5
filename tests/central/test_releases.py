"""Settings for all halls: some halls first, then all, and back; a hall checks them and keeps its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from kioskd.app import RunningHub, run_hub
from kioskd.backup.parts import CHOSEN, RELEASES, data_parts, lay_out
from kioskd.central import citizens, halls, releases
from kioskd.central.codes import digest
from kioskd.central.database import Database
from kioskd.central.releases import HallRelease, ReleaseRefusedError
from kioskd.central.server import serving, wall_ms
from kioskd.hall.rules import DefaultRating
from kioskd.settings.model import HallSettings
from kioskd.settings.read import check, load
from kioskd.settings.releases import Releases
from kioskd.settings.sentences import line
from kioskd.sync.release import ReleaseError, Wanted, read
from tests.settings.small import HALL, SERVICES, write

BAD = SERVICES + '\n[[service]]\ncode = "x"\n'
POLICY = "[policy.alerts]\nlong_wait_min = 33\n"
LOCAL = "[[device]]\nid = 'mine'\n"


def hall_file(folder: Path, port: int, hall: str) -> Path:
    folder.mkdir()
    (folder / "data").mkdir()
    central = f'\n[central]\nurl = "http://127.0.0.1:{port}"\nhall = "{hall}"\ngather_s = 0.1\n'
    return write(folder, hall_toml=HALL + central)


@contextlib.asynccontextmanager
async def hall(database: Database, port: int, folder: Path, name: str) -> AsyncIterator[RunningHub]:
    """A whole hub that has joined."""
    file = folder / "hall.toml"
    if not file.exists():
        await database.write(partial(halls.add, name, name, wall_ms()))
        await database.write(partial(halls.give, name, digest(f"kc_{name}"), wall_ms()))
        file = await asyncio.to_thread(hall_file, folder, port, name)
        await asyncio.to_thread((folder / "data" / "central.token").write_text, f"kc_{name}")
    settings = await asyncio.to_thread(load, file)
    async with run_hub(settings, folder / "data", port=0, file=file) as hub:
        yield hub


async def told(database: Database, name: str, version: int, state: str) -> HallRelease:
    async with asyncio.timeout(60):
        while True:
            for each in await database.read(releases.standing):
                if (each.hall, each.version, each.state) == (name, version, state):
                    return each
            await asyncio.sleep(0.05)


async def long_wait(hub: RunningHub) -> int:
    _, rules = await hub.desk.read(lambda state: state.rules)
    assert rules is not None
    return rules.policy.alerts.long_wait_min


async def test_some_halls_first_then_all_and_back(database: Database, tmp_path: Path) -> None:
    add = partial(releases.add, "policy", {"common.toml": POLICY, "services.toml": SERVICES})
    mounts = (citizens.mount(database),)
    async with (
        serving(database, "127.0.0.1", 0, readers=(releases.READER,), mounts=mounts) as port,
        hall(database, port, tmp_path / "a", "ha") as first,
        hall(database, port, tmp_path / "b", "hb") as second,
    ):
        before = await long_wait(first)
        version = await database.write(partial(add, wall_ms()))
        assert await database.write(partial(add, wall_ms())) == version
        with pytest.raises(ReleaseRefusedError, match="untried"):
            await database.write(partial(releases.send_all, version, wall_ms()))
        await database.write(partial(releases.send, version, ("ha",), wall_ms()))
        await told(database, "ha", version, "taken")
        assert (await long_wait(first), await long_wait(second)) == (33, before)
        assert await database.write(partial(releases.send_all, version, wall_ms())) == ["hb"]
        await told(database, "hb", version, "taken")
        assert await long_wait(second) == 33
        bad = await database.write(partial(releases.add, "bad", {"services.toml": BAD}, wall_ms()))
        await database.write(partial(releases.send, bad, ("ha",), wall_ms()))
        refused = await told(database, "ha", bad, "refused")
        assert "services.toml" in refused.reason
        assert await long_wait(first) == 33
        with pytest.raises(ReleaseRefusedError, match="refused"):
            await database.write(partial(releases.send_all, bad, wall_ms()))
        await database.write(partial(releases.back, ("hb",), wall_ms()))
        await told(database, "hb", 0, "taken")
        assert await long_wait(second) == before
        async with asyncio.timeout(30):  # what a hall says of itself
            while True:
                statuses = [row[2] for row in await database.read(citizens.all_halls)]
                said = [msgspec.json.decode(status).get("settings", 0) for status in statuses if status]
                if said == [version, 0]:
                    break
                await asyncio.sleep(0.1)


async def test_a_hall_starts_again_with_what_it_took_and_without_what_does_not_fit(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    async with serving(database, "127.0.0.1", 0, readers=(releases.READER,)) as port:
        async with hall(database, port, folder, "ha") as hub:
            before = await long_wait(hub)
            version = await database.write(
                partial(releases.add, "policy", {"common.toml": POLICY}, wall_ms())
            )
            await database.write(partial(releases.send, version, ("ha",), wall_ms()))
            await told(database, "ha", version, "taken")
        own = await asyncio.to_thread((folder / "hall.toml").read_text)
        async with hall(database, port, folder, "ha") as hub:
            assert await long_wait(hub) == 33
        chosen = folder / "data" / RELEASES
        assert await asyncio.to_thread((folder / "hall.toml").read_text) == own
        (taken,) = await asyncio.to_thread(lambda: [each for each in chosen.iterdir() if each.is_dir()])
        await asyncio.to_thread((taken / "common.toml").write_text, "[policy]\nnone = 1\n")
        async with hall(database, port, folder, "ha") as hub:
            assert await long_wait(hub) == before
        await asyncio.to_thread((chosen / CHOSEN).write_text, "nonsense")
        async with hall(database, port, folder, "ha") as hub:
            assert await long_wait(hub) == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"common.toml": LOCAL}, "device"),
        ({"common.toml": "[hall]\nid = 'other'\n"}, "hall"),
        ({"common.toml": "[policy"}, "TOML"),
        ({"services.toml": BAD}, "services.toml"),
        ({"calendar-2026.toml": "year = 2026\nholidays = ['2027-01-01']\n"}, "2027-01-01"),
    ],
)
def test_what_is_a_halls_own_is_out_of_reach(files: dict[str, str], said: str, tmp_path: Path) -> None:
    file = hall_file(tmp_path / "a", 1, "ha")
    city = tmp_path / "city"
    city.mkdir()
    for name, text in files.items():
        (city / name).write_text(text)
    found = check(file, city=city)
    assert found.settings is None
    assert said in line(found.problems[0], "en") + line(found.problems[0], "zh")


def test_a_years_holidays_of_the_city_stand_for_the_halls_own(tmp_path: Path) -> None:
    file = hall_file(tmp_path / "a", 1, "ha")
    city = tmp_path / "city"
    city.mkdir()
    (city / "calendar-2026.toml").write_text('year = 2026\nholidays = ["2026-10-01"]\n')
    (city / "calendar-2027.toml").write_text("year = 2027\n")
    settings = check(file, city=city).settings
    years = settings.rules.calendar.years  # type: ignore[union-attr]
    assert [(year.year, year.holidays) for year in years] == [(2026, ("2026-10-01",)), (2027, ())]


def test_the_rule_of_default_ratings_is_the_citys(tmp_path: Path) -> None:
    file = write(tmp_path, hall_toml=HALL)
    city = tmp_path / "release"
    city.mkdir()
    (city / "common.toml").write_text("[default_rating]\nlevel = 5\nafter_days = 7\n")
    made = check(file, city=city).settings
    assert isinstance(made, HallSettings)
    assert made.rules.policy.rating.default == DefaultRating(level=5, after_days=7)
    own = load(file)
    assert own.rules.policy.rating.default is None
    (city / "common.toml").write_text("[default_rating]\nlevel = 6\n")
    (problem,) = check(file, city=city).problems
    assert (problem.path, problem.file.name) == ("default_rating.level", "common.toml")
    (tmp_path / "own").mkdir()
    wrong = write(tmp_path / "own", hall_toml=HALL + "\n[policy.rating.default]\nlevel = 5\n")
    assert [line(problem, "en") for problem in check(wrong).problems] != []
    assert {problem.code for problem in check(wrong).problems} == {"rating.default_citys"}


def test_a_backup_and_a_standby_take_what_was_taken_along(tmp_path: Path) -> None:
    hall = tmp_path / "hall"
    (hall / "data").mkdir(parents=True)
    file = write(hall, hall_toml=HALL)
    ours = Releases(file, hall / "data")
    assert data_parts(hall / "data", hall / "no.key") == {}
    for version, minutes in ((6, 21), (7, 33)):
        ours.prepare(version, {"common.toml": f"[policy.alerts]\nlong_wait_min = {minutes}\n"})
        ours.choose()
        ours.use()
    parts = data_parts(hall / "data", hall / "no.key")
    assert list(parts)[-1] == "city/chosen.json", "what chooses comes after what is chosen"
    lay_out(tmp_path / "bare", parts)
    again = Releases(file, tmp_path / "bare")
    assert again.loaded(load(file)).rules.policy.alerts.long_wait_min == 33
    assert again.version == 7
    ours.prepare(0, {})
    ours.choose()
    lay_out(tmp_path / "bare", data_parts(hall / "data", hall / "no.key"))
    assert Releases(file, tmp_path / "bare").loaded(load(file)) == load(file)


def test_a_release_that_was_damaged_on_its_way_is_not_read() -> None:
    with pytest.raises(ReleaseError):
        read(Wanted(1, "00"), b"{}")
