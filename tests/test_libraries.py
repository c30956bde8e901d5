"""What is imported is declared, and what is declared is imported: a hall PC carries nothing for nobody."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("kioskd", "drivers", "ui", "installer")

NOT_IMPORTED = {
    "python-escpos": "the customer's order names it",
}
NOT_DECLARED = {
    "rapidocr_onnxruntime": "reading print is an extra of its own interpreter ([documents] ocr_python)",
}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {plain(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in project["dependencies"]}


def imported() -> Iterator[tuple[str, Path]]:
    """Top-level modules that are neither ours nor Python's, wherever in a file they are imported."""
    ours = {*PARTS, *sys.stdlib_module_names}
    for part in PARTS:
        for file in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module]
                for name in names:
                    if (top := name.partition(".")[0]) not in ours:
                        yield top, file.relative_to(ROOT)


def test_imports_and_declared_libraries_are_the_same() -> None:
    of = packages_distributions()
    libraries, undeclared = declared(), set()
    used = set()
    for module, file in imported():
        if module in NOT_DECLARED:
            continue
        found = {plain(one) for one in of.get(module, ())} & libraries
        used |= found
        if not found:
            undeclared.add((module, str(file)))
    assert undeclared == set()
    assert libraries - used == set(NOT_IMPORTED)
    assert NOT_DECLARED.keys() <= {module for module, _ in imported()}
