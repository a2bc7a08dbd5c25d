"""Logs: one event per line, with facts and without secrets."""

import logging
import re
import sys

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from pipeline_builder.kit.origin import origin

_SECRET = re.compile("password|secret|token|authorization|credential", re.IGNORECASE)


def configure(form: str, level: str) -> None:
    """Write logs to stderr.

    Args:
        form: `json`, `text`, or `auto`: text on a terminal.
        level: what is written at least.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    last: structlog.typing.Processor = structlog.processors.JSONRenderer(_json)
    if as_text:
        # Plainly: a richer one shows the values of variables, and some of them are secrets.
        last = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request,
        _without_secrets,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries log by the standard way; their warnings matter, their progress does not.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )


def _json(event: object, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _with_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    request_id = origin().request_id
    if request_id:
        event.setdefault("request_id", request_id)
    return event


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        if _SECRET.search(name):
            event[name] = "…"
    return event
