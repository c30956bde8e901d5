"""The wheel by itself, far from the source tree: what `kioskd` needs to run is in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT

PATIENCE_S = 90.0
PARTS = ("kioskd", "drivers", "ui", "config", "docs", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network and install it into a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    source, site = folder / "source", folder / "site"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, source / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / part, source / part)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]
    # --no-build-isolation: what builds it is what is installed here.
    make = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run([*pip, *make], check=True, timeout=PATIENCE_S)
    (wheel,) = folder.glob("*.whl")
    into = ["install", "--no-deps", "--no-index", "--no-compile", "--target", str(site), str(wheel)]
    subprocess.run([*pip, *into], check=True, timeout=PATIENCE_S)
    shutil.rmtree(source)
    return site


def command(site: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "kioskd", *arguments]


def environment(site: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_manuals_are_in_it(site: Path) -> None:
    for name in ("teller.zh.md", "guide.en.md", "screens/guide/guide.png"):
        assert (site / "kioskd" / "docs" / name).is_file(), name


def test_the_samples_are_in_it_and_sound(site: Path, tmp_path: Path) -> None:
    assert not (site / "config").exists(), "a name for everybody is nobody's to take"
    for file, said in (
        ("sample/hall.toml", "设置无误"),
        ("sample/station.toml", "设置无误"),
        ("demo/hall.toml", "设置无误"),
    ):
        checked = subprocess.run(
            command(site, "check", str(site / "kioskd" / "config" / file)),
            env=environment(site),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert (checked.returncode, checked.stderr) == (0, "")
        assert said in checked.stdout
    assert (site / "kioskd" / "config" / "udev" / "70-kioskd.rules").is_file()


def test_the_demo_hall_runs_from_it(site: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import kioskd, drivers, ui; print(kioskd.__file__, drivers.__file__)"],
        env=environment(site),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert where.stdout.count(str(site)) == 2
    running = subprocess.Popen(
        command(site, "demo", "--headless", "--port", "0", "--data", str(tmp_path / "data")),
        env=environment(site),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout is not None
        ready = running.stdout.readline()
        assert ready.startswith("hall ready: http://127.0.0.1:"), "it ended instead"
        url = ready.removeprefix("hall ready: ").strip()
        with urllib.request.urlopen(url + "api/v1/services/YL-001", timeout=PATIENCE_S) as answer:
            assert json.load(answer)["guide_fields"], "the catalogue and its guide are there"
    finally:
        running.send_signal(signal.SIGINT)
        status = running.wait(PATIENCE_S)
        if running.stdout is not None:
            running.stdout.close()
    assert status == 0
