"""Wrong passwords: five in a row close the door for a while, each further one for twice as long.

Counted per account and per address, so that neither one name nor one PC can be tried through. What was
counted is forgotten after a quarter of an hour without a wrong try, or at once when a lead says so.
"""

from __future__ import annotations

import apsw

TRIES = 5
FIRST_MS = 60_000
MOST_MS = 30 * 60_000
FORGET_MS = 15 * 60_000


def closed_for(connection: apsw.Connection, who: str, now: int) -> int:
    """Return for how many milliseconds nobody may try as or from ``who``."""
    row = connection.execute("SELECT until FROM tries WHERE who=?", (who,)).fetchone()
    left = 0 if row is None else int(row[0]) - now
    # A clock that was put back must not close a door for days.
    return left if 0 < left <= MOST_MS else 0


def closed_of(connection: apsw.Connection, stem: str, now: int) -> dict[str, int]:
    """Return for how many milliseconds nobody may try as or from each whose name begins with ``stem``."""
    rows = connection.execute("SELECT who FROM tries WHERE substr(who, 1, ?)=?", (len(stem), stem)).fetchall()
    left = {str(who): closed_for(connection, str(who), now) for (who,) in rows}
    return {who.removeprefix(stem): ms for who, ms in sorted(left.items()) if ms}


def count_wrong(connection: apsw.Connection, who: str, now: int) -> int:
    """Count a wrong try; return for how long the door is closed now, 0 for not yet."""
    row = connection.execute("SELECT failures, last, until FROM tries WHERE who=?", (who,)).fetchone()
    failures = 0
    if row is not None:
        failures, last, until = (int(part) for part in row)
        if not 0 <= now - max(last, until) < FORGET_MS:
            failures = 0
    failures += 1
    closed = closed_after(failures)
    connection.execute(
        "INSERT OR REPLACE INTO tries(who, failures, last, until) VALUES(?,?,?,?)",
        (who, failures, now, now + closed),
    )
    return closed


def closed_after(failures: int) -> int:
    """Return for how many milliseconds so many wrong tries in a row close the door."""
    return min(FIRST_MS << min(failures - TRIES, 10), MOST_MS) if failures >= TRIES else 0


def forget(connection: apsw.Connection, who: str) -> None:
    """Open the door at once."""
    connection.execute("DELETE FROM tries WHERE who=?", (who,))


def forget_all(connection: apsw.Connection, stem: str) -> None:
    """Open at once the doors of all whose name begins with ``stem``."""
    connection.execute("DELETE FROM tries WHERE substr(who, 1, ?)=?", (len(stem), stem))


def forget_old(connection: apsw.Connection, now: int) -> None:
    """Delete what no longer counts."""
    connection.execute("DELETE FROM tries WHERE max(last, until) < ?", (now - FORGET_MS,))
