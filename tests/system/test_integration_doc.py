"""The example of docs/integration.md does what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.demo.hall import DemoHall

PAGE = Path(__file__).parent.parent.parent / "docs" / "integration.md"


def test_the_example_works_against_the_demo(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    script, data = tmp_path / "example.py", tmp_path / "demo"
    script.write_text(example, "utf-8")
    with DemoHall(data, "--headless") as hall:
        for number in ("A001", "A002"):
            done = subprocess.run(
                [sys.executable, str(script), hall.url, str(data / "tokens.json")],
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            said = done.stdout.splitlines()
            assert said[0] == f"taken {number} 0 ahead"
            assert said[1] == f"called {number} to window 1"
            assert said[-1].endswith(f" rating.opened {number}")
            assert any(line.endswith(f" ticket.finished {number}") for line in said)
