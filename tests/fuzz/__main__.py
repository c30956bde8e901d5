"""``make fuzz``: a million inputs for each codec, chosen by what code they reach.

``python -m tests.fuzz [--runs N] [--seconds S] [--folder DIR] [NAME …]`` runs one codec after another, each
in a process of its own, and goes on where it was stopped; what it found lies under the folder as
``NAME/crash-…`` and becomes a test. Exits 1 when something was found, 2 without atheris.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path

RUNS = 1_000_000
SECONDS = 3600
LONGEST = 160
"""Bytes of an input: several frames; of the longest ones, whose head announces them, the beginning."""

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--runs", type=int, default=RUNS, help="inputs for each codec (%(default)s)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="at most, for each codec (%(default)s)")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"))
    parser.add_argument("--again", action="store_true", help="begin to count anew")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--left", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed, so nothing was fuzzed: `make fuzz` installs it", file=sys.stderr)
        return 2
    if args.child:
        return _child(args)
    from tests.fuzz.codecs import TARGETS

    unknown = set(args.names) - set(TARGETS)
    if unknown:
        parser.error(f"no codec is called {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    return max([_target(name, args) for name in args.names or TARGETS])


def _target(name: str, args: argparse.Namespace) -> int:
    """Fuzz one codec up to its number of inputs, in a process of its own."""
    from tests.fuzz.codecs import seeds

    folder = args.folder / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(name):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(b"\x00" + seed)
    tally = folder / "done.json"
    done = 0 if args.again or not tally.exists() else int(json.loads(tally.read_text())["inputs"])
    if done >= args.runs:
        print(f"{name:16} {done:>9,} inputs before, nothing left to do", flush=True)
        return 0
    began = time.monotonic()
    child = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz", "--child", name, "--folder", str(args.folder)),
            *("--left", str(args.runs - done), "--seconds", str(args.seconds)),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    (folder / "log.txt").write_text(child.stderr)
    executed = _EXECUTED.search(child.stderr)
    done += int(executed[1]) if executed else 0
    tally.write_text(json.dumps({"inputs": done}))
    covered = _COVERED.findall(child.stderr)
    found = child.returncode != 0 or executed is None
    print(
        f"{name:16} {done:>9,} inputs, {covered[-1] if covered else '?'} edges, "
        f"{time.monotonic() - began:.0f} s: {'FOUND SOMETHING, see ' + str(folder) if found else 'nothing'}",
        flush=True,
    )
    if found:
        print(child.stderr[-3000:], file=sys.stderr)
    return int(found)


def _child(args: argparse.Namespace) -> int:
    import atheris

    with atheris.instrument_imports(include=["drivers"]):
        from tests.fuzz import codecs

    name = args.child
    codec = codecs.CODECS.get(name)
    parse = codecs.PARSERS[name][0] if codec is None else None

    def one(data: bytes) -> None:
        if codec is None:
            assert parse is not None
            parse(data[1:])
            return
        # The first byte says how the rest is cut: whole, or in pieces of so many bytes.
        size, rest = (data[0] % 64, data[1:]) if data else (0, b"")
        pieces = [rest[at : at + size] for at in range(0, len(rest), size)] if size else [rest]
        codecs.survives(codec, pieces)

    folder = args.folder / name
    atheris.Setup(
        [
            sys.argv[0],
            str(folder / "corpus"),
            f"-runs={args.left}",
            f"-max_total_time={args.seconds}",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
            "-timeout=20",
            "-rss_limit_mb=1024",
        ],
        one,
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
