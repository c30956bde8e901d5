"""The kiosk with a stopwatch: every picture it shows is told on standard output, as one line of JSON.

python -m benchmarks.kiosk_probe kiosk --hub URL …
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from kioskd.__main__ import main
from ui.kiosk import stage


class Probe(stage.Stage):
    """Tells when a picture was on the screen, which screen it is, and where it can be touched."""

    def _flip(self) -> None:
        super()._flip()
        shown = self.layout
        if shown is None:
            return
        line: dict[str, Any] = {"at": time.monotonic(), "screen": shown.key, "moving": self.moving}
        line["targets"] = {repr(one.action): list(one.rect) for one in shown.offered}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from ui.kiosk import app

    vars(app)["Stage"] = Probe
    sys.exit(main(sys.argv[1:]))
