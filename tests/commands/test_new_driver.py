"""``kioskd new-driver``: what it writes runs, and fails for the right reasons."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.registry import PRIVATE, DeviceClass
from kioskd.__main__ import main
from kioskd.commands.skeleton import files
from kioskd.commands.skeleton_kinds import KINDS
from tests.commands.conftest import REPOSITORY

GOLDEN = "GOLDEN: tuple[tuple[Frame, str], ...] = ()"
FRAME = 'GOLDEN = ((Frame(1, 0x53, b"A012"), "02 01 53 04 41 30 31 32 2C 03"),)'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The parts of a source tree that drivers and their tests need."""
    nothing_built = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "drivers", tmp_path / "drivers", ignore=nothing_built)
    shutil.copytree(REPOSITORY / "config" / "profiles", tmp_path / "config" / "profiles")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for file in (
        "__init__.py",
        "started.py",
        "conftest.py",
        "drivers/__init__.py",
        "drivers/conftest.py",
        "drivers/owner.py",
    ):
        (tmp_path / "tests" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / "tests" / file, tmp_path / "tests" / file)
    for name in KINDS:
        (tmp_path / "tests" / "drivers" / name).mkdir()
        (tmp_path / "tests" / "drivers" / name / "__init__.py").touch()
    return tmp_path


def test_the_tests_of_a_skeleton_run_and_say_what_comes_next(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for device_class in KINDS:
        assert main(["new-driver", device_class, "acme_led", "--into", str(tree)]) == 0
    said = capsys.readouterr()
    entry = re.search(r'"rating_pad\.acme_led": Driver\(.*\),', said.out)
    assert entry is not None

    # One of them is brought to its end: registered, with a frame of the manual.
    registry = tree / "drivers" / "registry.py"
    text = registry.read_text("utf-8")
    registry.write_text(text.replace("] = {\n", f"] = {{\n    {entry[0]}\n", 1), "utf-8")
    test = tree / "tests/drivers/rating_pad/test_acme_led.py"
    assert GOLDEN in test.read_text("utf-8")
    test.write_text(test.read_text("utf-8").replace(GOLDEN, FRAME), "utf-8")

    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=line", "-rf", "tests/drivers"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    failed = sorted(re.findall(r"^FAILED \S+/(\w+)/test_\w+\.py::(\w+)", outcome.stdout, re.MULTILINE))
    unfinished = ("call_pad", "caller_display", "printer")
    steps = ("test_the_codec_makes_the_frames_of_the_manual", "test_the_driver_is_registered")
    assert failed == [(name, step) for name in unfinished for step in steps], outcome.stdout
    assert outcome.stdout.count("next step: ") >= len(failed)


def test_what_is_there_is_never_overwritten(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "config" / "profiles" / "acme-led-printer.toml").write_text("poll_s = 9.0")
    assert main(["new-driver", "printer", "acme_led", "--into", str(tree)]) == 2
    assert "什么也没写" in capsys.readouterr().err
    assert not (tree / "drivers" / "printer" / "acme_led").exists()
    assert (tree / "config" / "profiles" / "acme-led-printer.toml").read_text() == "poll_s = 9.0"


def test_every_class_of_device_has_a_skeleton() -> None:
    """A speaker takes sound and no frames; what reads somebody's own has a protocol of its own each time."""
    framed = set(DeviceClass) - PRIVATE - {DeviceClass.SPEAKER}
    assert set(KINDS) == {kind.value for kind in framed}


@pytest.mark.parametrize("device_class", KINDS)
def test_a_skeleton_is_whole(device_class: str) -> None:
    made = files(device_class, "acme_2")
    assert f"drivers/{device_class}/acme_2/codec.py" in made
    for path, text in made.items():
        assert "$" not in text
        if path.endswith(".py"):
            compile(text, path, "exec")
            assert all(len(line) <= 110 for line in text.splitlines()), path


@pytest.mark.parametrize("name", ["Acme", "acme-led", "../x", "1st", "", "a__b", "x" * 41])
def test_a_name_that_is_no_module_is_refused(tree: Path, name: str) -> None:
    with pytest.raises(SystemExit):
        main(["new-driver", "printer", name, "--into", str(tree)])


def test_elsewhere_than_a_source_tree_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-driver", "printer", "acme", "--into", str(tmp_path)]) == 2
    assert "不是 kioskd 的源代码目录" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
