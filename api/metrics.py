"""What ``/metrics`` tells Prometheus: requests by route, answers, and the snapshot in use."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one service. Labels come from small fixed sets, never from what a client sends."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "matcher_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "matcher_http_request_seconds",
            "Time to answer a request.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._answers = Counter(
            "matcher_answers", "Challenges matched and pitches checked.", ["kind"], registry=self.registry
        )
        self._no_good_match = Counter(
            "matcher_no_good_match", "Answers without a good match.", ["kind"], registry=self.registry
        )
        self._snapshot = Gauge(
            "matcher_snapshot_info", "The snapshot and the model in use.", ["snapshot", "model"], registry=self.registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template of its address."""
        self._requests.labels(method if method in _METHODS else "OTHER", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answer(self, kind: str, *, no_good_match: bool, snapshot: str, model: str) -> None:
        """Count an answer of this kind (match or self-check) and note the snapshot that gave it."""
        self._answers.labels(kind).inc()
        self._no_good_match.labels(kind).inc(int(no_good_match))
        self.snapshot(snapshot, model)

    def snapshot(self, snapshot: str, model: str) -> None:
        """Note the snapshot in use."""
        self._snapshot.clear()
        self._snapshot.labels(snapshot, model).set(1)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
