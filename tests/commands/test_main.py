"""The command line as a whole."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

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
