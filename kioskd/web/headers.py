"""Headers on every answer of the API."""

from __future__ import annotations

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Answers are data: nothing in them is to be kept, guessed at, run or framed."""
