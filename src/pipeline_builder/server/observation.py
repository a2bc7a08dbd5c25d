"""What is around every request: its id, its log line, its figures, and an answer even to our own mistakes."""

import re
import time
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.origin import Origin, come_from
from pipeline_builder.server.problems import problem

_LOG = structlog.get_logger("http")
_ID = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request's body, unless its route streams it."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class Figures:
    """What Prometheus collects of requests."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "http_requests_total", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )


class Observation:
    """The outermost layer of the application."""

    def __init__(
        self, app: ASGIApp, figures: Figures, trusted_proxies: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._figures = figures
        self._trusted_proxies = trusted_proxies
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._clock()
        came_from = self._origin(scope)
        come_from(came_from)
        status = 500
        has_begun = False

        async def observed(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                given = {name for name, _ in message["headers"]}
                extra = [header for header in _HEADERS if header[0] not in given]
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", came_from.request_id.encode())]
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), observed)
        except Exception:
            _LOG.exception("http.failed", request_id=came_from.request_id, path=scope["path"])
            if has_begun:
                raise
            detail = "Something went wrong on our side; the request id names it in the log."
            await problem(500, "internal-error", detail)(scope, receive, observed)
        finally:
            self._note(scope, status, self._clock() - started, came_from)

    def _origin(self, scope: Scope) -> Origin:
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        name = given.decode() if _ID.match(given) else str(new_id())
        address = scope["client"][0] if scope.get("client") else ""
        if self._trusted_proxies:
            # Each proxy adds whom it saw at the end; what stands before those is the client's own claim.
            told = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
            if len(told) >= self._trusted_proxies:
                address = told[-self._trusted_proxies].strip()[:64] or address
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:200]
        return Origin(name, address, "".join(one for one in agent if one.isprintable()))

    def _note(self, scope: Scope, status: int, seconds: float, came_from: Origin) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "unknown")
        method = scope["method"] if route is not None else "OTHER"
        self._figures.requests.labels(method, path, status).inc()
        self._figures.seconds.labels(method, path).observe(seconds)
        if path in _QUIET:
            return
        entered = scope.get("state", {}).get("scope")
        _LOG.info(
            "http.request",
            request_id=came_from.request_id,
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
            org_id=str(entered.org_id) if entered else None,
            actor=str(entered.actor.id) if entered else None,
        )


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuse a body as soon as it is known to be too large, by its declared length or by what has come."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    received = LARGEST_BODY + 1 if declared.isdigit() and int(declared) > LARGEST_BODY else 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise HTTPException(413, f"A body has at most {LARGEST_BODY} bytes here.")
        return message

    return limited
