"""kill -9 at every step: no slip twice, no rating lost, nothing claimed that nobody knows."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from drivers.rating_pad.api import Rated
from drivers.transport.simulated import TcpPort
from kioskd.station.messages import AskJobs, Input, JobReport
from tests.station.hall import TinyHub, job, plugged
from tests.station.server import Server, served
from tests.station.timing import until
from tests.station.wire import Far

ROOT = Path(__file__).parents[2]


class Scene:
    """A hub, a printer and a pad that live on while the station dies."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.hub = server.hub
        self.printer, self.pad = Far(), Far()
        self.ports = TcpPort("127.0.0.1", 0, [self.printer]), TcpPort("127.0.0.1", 0, [self.pad])
        self.token = folder / "token"
        self.token.write_text("good")

    @asynccontextmanager
    async def station(self, moment: str = "never") -> AsyncIterator[asyncio.subprocess.Process]:
        """Run a station until the block ends or it dies by itself."""
        self.hub.heard.clear()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.station.child", self.folder, self.server.url, self.token),
            *(str(port.port) for port in self.ports),
            moment,
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            await until(lambda: self.hub.states("printer")[-1:] == ["online"], "station up", 30)
            await until(lambda: self.hub.states("pad")[-1:] == ["online"])
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await until(lambda: self.hub.attached == 0)

    def reports(self) -> list[tuple[str, str]]:
        return [(report.job, report.outcome) for report in self.hub.all(JobReport)]


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with served(TinyHub()) as server:
        scene = Scene(tmp_path, server)
        async with plugged(*scene.ports):
            yield scene


@pytest.mark.parametrize(
    ("moment", "printed", "outcome"),
    [("taken", 0, "unseen"), ("begun", 0, "unknown"), ("printed", 1, "unknown"), ("ended", 1, "done")],
)
async def test_a_job_outlives_its_station(scene: Scene, moment: str, printed: int, outcome: str) -> None:
    async with scene.station(moment) as process:
        scene.hub.say(job("1.1.0"))
        assert await asyncio.wait_for(process.wait(), 10) == -9
        assert not scene.reports()
    assert len(scene.printer.printed) == printed
    async with scene.station():
        scene.hub.say(AskJobs(jobs=("1.1.0",)))
        await until(lambda: scene.reports() == [("1.1.0", outcome)])
        scene.hub.say(job("1.1.0"), job("1.2.0"))
        await until(lambda: len(scene.reports()) == 3)
        final = "done" if outcome == "unseen" else outcome
        assert scene.reports()[1:] == [("1.1.0", final), ("1.2.0", "done")]
        once = ["1.1.0"] if printed or outcome == "unseen" else []
        assert scene.printer.printed == [*once, "1.2.0"]


async def test_a_slip_on_its_way_to_paper_becomes_unknown(scene: Scene) -> None:
    async with scene.station():
        scene.printer.held = []
        scene.hub.say(job("1.1.0"))
        await until(lambda: scene.printer.printed)
    scene.printer.held = None
    async with scene.station():
        scene.hub.say(job("1.1.0"))
        await until(lambda: scene.reports() == [("1.1.0", "unknown")])
    assert scene.printer.printed == ["1.1.0"]


async def test_a_rating_outlives_its_station(scene: Scene) -> None:
    scene.hub.takes = False
    async with scene.station("kept") as process:
        scene.pad.say("rated", 2)
        assert await asyncio.wait_for(process.wait(), 10) == -9
    for _ in range(2):
        async with scene.station():
            await until(lambda: scene.hub.all(Input))
            (first,) = scene.hub.all(Input)
            assert first.reading == Rated(2)
            assert first.age_ms > 0
    scene.hub.takes = True
    async with scene.station():
        await until(lambda: scene.hub.all(Input))
        # A job's two commits stand behind the deletion in the same queue.
        scene.hub.say(job("1.1.0"))
        await until(lambda: scene.reports() == [("1.1.0", "done")])
    async with scene.station():
        scene.hub.say(AskJobs(jobs=("1.1.0",)))
        await until(lambda: scene.reports() == [("1.1.0", "done")])
        assert not scene.hub.all(Input)


async def test_killed_at_any_moment(scene: Scene) -> None:
    dice = random.Random(7)
    told: dict[str, str] = {}
    names = [f"{run}.{n}.0" for run in range(6) for n in range(8)]
    for run in range(6):
        async with scene.station():
            scene.hub.say(*(job(name) for name in names if name.startswith(f"{run}.")))
            wanted = dice.randrange(9)
            await until(lambda wanted=wanted: len(scene.reports()) >= wanted)
            for _ in range(dice.randrange(40)):
                await asyncio.sleep(0)
        told.update(scene.reports())
    async with scene.station():
        scene.hub.say(AskJobs(jobs=tuple(names)))
        await until(lambda: len(scene.reports()) == len(names))
    answers = dict(scene.reports())
    assert len(scene.printer.printed) == len(set(scene.printer.printed))
    for name in names:
        assert answers[name] in {"done", "unknown", "unseen"}
        assert (name in scene.printer.printed) or answers[name] != "done"
        assert (name not in scene.printer.printed) or answers[name] != "unseen"
        assert told.get(name, answers[name]) == answers[name]
