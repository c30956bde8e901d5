"""What must be right about where alerts go."""

from __future__ import annotations

from kioskd.alerts_out.settings import AlertSink
from kioskd.settings.entries import Entries
from kioskd.settings.problems import Report
from kioskd.web.language import Language, texts


def check_alert_sinks(report: Report) -> None:
    """Note sinks without exactly one way out, with half a quiet time, or about what there is no alert of."""
    kinds = texts(Language.ZH).alert  # what there are sentences for is what there are alerts about
    for entry in Entries(report, "alert_sink", AlertSink):
        sink = entry.value
        if (sink.webhook is None) == (sink.email is None):
            report.add(entry.path, "sink.one_way", value=sink.id)
        if (sink.quiet_from is None) != (sink.quiet_until is None):
            report.add(entry.path, "sink.half_quiet", value=sink.id)
        for index, about in enumerate(sink.about):
            if about not in kinds:
                report.add(f"{entry.path}.about[{index}]", "sink.unknown_about", value=about)
