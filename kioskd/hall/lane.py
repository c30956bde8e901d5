"""A sorted line of tickets in which head, place and removal are cheap at any length.

Keys lie in sorted blocks of bounded size, so the head is found at once, an arrival or a removal
costs a binary search and a move inside one block, and tickets that left leave nothing behind.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

Key = tuple[int, int, str]
"""Credited arrival, tie-breaker, ticket."""

_BLOCK = 256


class Lane:
    """Keys in order."""

    __slots__ = ("_blocks", "_last", "_size")

    def __init__(self) -> None:
        self._blocks: list[list[Key]] = []
        self._last: list[Key] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Key]:
        for block in self._blocks:
            yield from block

    def head(self) -> Key | None:
        """Return the first key."""
        return self._blocks[0][0] if self._size else None

    def add(self, key: Key) -> None:
        """Put ``key`` in; it must not be there."""
        self._size += 1
        if not self._blocks:
            self._blocks.append([key])
            self._last.append(key)
            return
        if key > self._last[-1]:
            # Most come to the end, and finding it costs nothing.
            at = len(self._blocks) - 1
            block = self._blocks[at]
            block.append(key)
        else:
            at = bisect_left(self._last, key)
            block = self._blocks[at]
            insort(block, key)
        if len(block) > 2 * _BLOCK:
            self._blocks.insert(at + 1, block[_BLOCK:])
            self._last.insert(at + 1, block[-1])
            del block[_BLOCK:]
        self._last[at] = block[-1]

    def remove(self, key: Key) -> None:
        """Take ``key`` out; it must be there."""
        block = self._blocks[0]
        at = 0
        if block[0] == key:
            # Most leave from the head, and finding it costs nothing.
            del block[0]
        else:
            at = bisect_left(self._last, key)
            block = self._blocks[at]
            del block[bisect_left(block, key)]
        self._size -= 1
        if block:
            self._last[at] = block[-1]
        else:
            del self._blocks[at]
            del self._last[at]

    def rank(self, key: Key) -> int:
        """Return how many keys stand before ``key``, which need not be there."""
        if not self._size or key > self._last[-1]:
            return self._size
        at = bisect_left(self._last, key)
        return sum(map(len, self._blocks[:at])) + bisect_left(self._blocks[at], key)

    def first(self, count: int) -> list[Key]:
        """Return the first ``count`` keys."""
        keys: list[Key] = []
        for block in self._blocks:
            keys.extend(block[: count - len(keys)])
            if len(keys) >= count:
                break
        return keys
