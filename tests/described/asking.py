"""Schemathesis asks a server what its own description says that it answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("KIOSKD_EXAMPLES", "0"))


async def found(
    description: str, folder: Path, *, token: str, known: dict[str, str], leave_out: tuple[str, ...] = ()
) -> str:
    """Return everything it objects to, empty when it found nothing.

    Each operation gets a few requests of the described form and a few just beside it, always the same ones;
    with ``KIOSKD_EXAMPLES`` as many as it says, and every value at the edge of its limits. ``known`` are
    names that lead somewhere, by parameter.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(HERE / "schemathesis.toml"), "run", description),
        *("-H", f"Authorization: Bearer {token}"),
        *("--phases", "coverage,fuzzing" if EXAMPLES else "fuzzing"),
        *("--max-examples", str(EXAMPLES or 3), "--generation-database", "none", "--seed", "1"),
        *("--continue-on-failure", "--warnings", "off", "--no-color"),
        *(part for name in leave_out for part in ("--exclude-operation-id", name)),
        cwd=folder,
        env={
            **os.environ,
            "KIOSKD_KNOWN": json.dumps(known),
            "PYTHONPATH": str(HERE.parents[1]),
            "SCHEMATHESIS_HOOKS": "tests.described.hooks",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    raw, _ = await process.communicate()
    said = raw.decode(errors="replace")
    return "" if process.returncode == 0 and "No issues found" in said else said[-20_000:]
