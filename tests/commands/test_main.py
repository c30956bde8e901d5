"""The command line as a whole."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from kioskd.__main__ import COMMANDS, main

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def commands_of(name: str) -> set[str]:
    found = argparse.ArgumentParser().add_subparsers()
    importlib.import_module(f"kioskd.commands.{name}").register(found)
    return set(found.choices)


def test_a_module_named_like_a_command_has_it_and_no_command_is_there_twice() -> None:
    of = {name: commands_of(name) for name in COMMANDS}
    every = sorted(command for found in of.values() for command in found)
    assert every == sorted(set(every))
    for name in COMMANDS:
        command = name.replace("_", "-")
        assert command not in every or command in of[name], name


def test_a_screen_starts_without_what_only_a_hub_needs() -> None:
    look = (
        "import sys; from kioskd.__main__ import main\n"
        "try: main(['kiosk', '--help'])\n"
        "finally: print(sorted(name for name in sys.modules if name.startswith('kioskd.')))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert "--token-file" in done.stdout
    assert done.stdout.splitlines()[-1] == str(
        ["kioskd.__main__", "kioskd.commands", "kioskd.commands.kiosk", "kioskd.os_errors"]
    )


def test_it_says_which_release_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"kioskd {tomllib.loads(PROJECT.read_text())['project']['version']}\n"


def test_whoever_has_read_enough_is_not_complained_to() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "kioskd", "voice", "list"],
        cwd=PROJECT.parent,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_breaking_off_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(name: str) -> SimpleNamespace:
        raise KeyboardInterrupt

    monkeypatch.setattr("kioskd.__main__.importlib", SimpleNamespace(import_module=broken_off))
    assert main(["check", "hall.toml"]) == 128 + signal.SIGINT


def test_a_file_that_cannot_be_had_is_told_of_without_a_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ca", "show", "--data", str(tmp_path / ("x" * 300))]) == 1
    said = capsys.readouterr().err
    assert "：名字太长 · " in said
    assert said.endswith(": the name is too long\n")


def test_a_hall_without_a_standby_has_nothing_to_promote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promote", "--data", str(tmp_path)]) == 1
    sentence = f"{tmp_path} 没有正在运行的备用主机 · no standby is running with {tmp_path}\n"
    assert capsys.readouterr().err == sentence
