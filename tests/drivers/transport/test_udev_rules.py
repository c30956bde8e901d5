"""The udev rules: every line can be read, and they give devices to the groups the daemon is in."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
RULES = (ROOT / "config" / "udev" / "70-kioskd.rules").read_text("utf-8")
LINES = [line for line in RULES.splitlines() if line and not line.startswith("#")]
TERM = re.compile(r'([A-Z]+)(?:\{([A-Za-z_]+)\})?(==|!=|=|\+=)"([^"]*)"')
MATCHES = {"SUBSYSTEM", "KERNEL", "ACTION", "ENV"}
ASSIGNS = {"GROUP", "MODE", "SYMLINK", "ENV", "IMPORT"}


def terms(line: str) -> list[tuple[str, str, str, str]]:
    found = [TERM.fullmatch(part.strip()) for part in line.split(", ")]
    assert all(found), line
    return [(match[1], match[2] or "", match[3], match[4]) for match in found if match]


def test_every_line_is_a_rule() -> None:
    for line in LINES:
        for key, _, operator, _ in terms(line):
            matching = operator in ("==", "!=") or key == "IMPORT"
            assert key in (MATCHES | {"IMPORT"} if matching else ASSIGNS), line


def test_groups_are_those_of_the_daemon_and_the_only_ones() -> None:
    member = set(re.findall(r"^m kioskd (\S+)$", (ROOT / "systemd" / "kioskd.sysusers").read_text(), re.M))
    given = {value for line in LINES for key, _, _, value in terms(line) if key == "GROUP"}
    assert given == member
    for line in LINES:
        modes = [value for key, _, _, value in terms(line) if key == "MODE"]
        assert modes in ([], ["0660"]), "nobody else may open them"


def test_the_errors_name_a_file_that_is_there() -> None:
    for source in (ROOT / "drivers" / "transport").glob("*.py"):
        for name in re.findall(r"config/[\w./-]+\.rules", source.read_text("utf-8")):
            assert (ROOT / name).is_file(), source
