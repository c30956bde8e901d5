"""What must be right about where alerts go."""

from __future__ import annotations

from kioskd.alerts_out.settings import AlertSink
from kioskd.settings.entries import Entries
from kioskd.settings.problems import Report

KINDS = frozenset(
    {
        "empty_window",
        "long_wait",
        "long_service",
        "waiting",
        "pause",
        "device",
        "shared_usb",
        "shared_line",
        "paper_low",
        "unreadable",
        "look_at_slip",
        "opening_check",
        "bad_rating",
        "calendar_missing",
        "day_question",
    }
)
"""What an alert can be about."""


def check_alert_sinks(report: Report) -> None:
    """Note sinks without exactly one way out, with half a quiet time, or about what there is no alert of."""
    for entry in Entries(report, "alert_sink", AlertSink):
        sink = entry.value
        if (sink.webhook is None) == (sink.email is None):
            report.add(entry.path, "alert_sink.one_way", value=sink.id)
        if (sink.quiet_from is None) != (sink.quiet_until is None):
            report.add(entry.path, "alert_sink.half_quiet", value=sink.id)
        for index, about in enumerate(sink.about):
            if about not in KINDS:
                report.add(f"{entry.path}.about[{index}]", "alert_sink.unknown_about", value=about)
