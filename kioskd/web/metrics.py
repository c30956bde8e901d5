"""What Prometheus may scrape. Counting a request costs one addition; gauges are made when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from kioskd.hall.model import TicketState
from kioskd.hall.state import State

if TYPE_CHECKING:
    from kioskd.web.site import Site


class Metrics:
    """Counters of one web server."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()

    def observer(self, route: str) -> Callable[[int], None]:
        """Return what counts one answer of a route by its status."""
        requests = self._requests

        def observe(status: int) -> None:
            requests[route, status] += 1

        return observe

    def render(self, site: Site, state: State) -> bytes:
        """Return everything in the text format of Prometheus."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected([*self._web(site), *_hall(state), *_devices(site)]))
        return generate_latest(registry)

    def _web(self, site: Site) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "kioskd_http_requests", "Requests answered, by route and status.", labels=["route", "status"]
        )
        for (route, status), count in sorted(self._requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        yield GaugeMetricFamily("kioskd_event_streams", "Open event streams.", value=len(site.followers))
        yield GaugeMetricFamily(
            "kioskd_ready", "1 while commands are taken and durable.", value=float(site.desk.ready)
        )
        head = site.desk.feed.head
        yield GaugeMetricFamily("kioskd_journal_epoch", "Epoch of the journal.", value=head.epoch)
        yield CounterMetricFamily("kioskd_journal_seq", "Durable events of this epoch.", value=head.seq)


class _Collected:
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics

    def describe(self) -> Iterable[Metric]:
        return ()


def _hall(state: State) -> Iterable[Metric]:
    waiting = GaugeMetricFamily("kioskd_tickets_waiting", "Citizens waiting now.", labels=["queue"])
    issued = GaugeMetricFamily("kioskd_tickets_issued_today", "Numbers given today.", labels=["queue"])
    for queue in state.queues.values():
        waiting.add_metric([queue.id], state.index.waiting.get(queue.id, 0))
        issued.add_metric([queue.id], queue.issued)
    yield waiting
    yield issued
    states: Counter[str] = Counter()
    for window in state.windows.values():
        ticket = state.tickets.get(window.ticket) if window.ticket is not None else None
        if ticket is not None:
            states[ticket.state.value] += 1
        else:
            states["paused" if window.pause is not None else "free" if window.teller else "unstaffed"] += 1
    windows = GaugeMetricFamily("kioskd_windows", "Windows by what they do.", labels=["state"])
    for name in (TicketState.CALLED.value, TicketState.SERVING.value, "free", "paused", "unstaffed"):
        windows.add_metric([name], states[name])
    yield windows
    yield GaugeMetricFamily("kioskd_alerts", "Alerts that are up.", value=len(state.alerts))


def _devices(site: Site) -> Iterable[Metric]:
    counts: Counter[tuple[str, str]] = Counter(
        (device.device_class, device.status.state.value) for device in site.stations.devices()
    )
    devices = GaugeMetricFamily("kioskd_devices", "Devices by class and state.", labels=["class", "state"])
    for (device_class, state), count in sorted(counts.items()):
        devices.add_metric([device_class, state], count)
    yield devices
