"""The log: one JSON object a line on stderr, or text for people on a terminal, and nothing personal in either.

What requests hold (ids, names, phone numbers, amounts) never reaches the log: not by the lines written here, which have
a route's pattern and not its path; not by a traceback, which has places and kinds of errors and not their messages, for
those repeat values; and not by what libraries log, of whose texts only the fixed part is kept.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import IO, Any

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.types import EventDict, Processor, WrappedLogger

from rewards.errors import RewardsError
from rewards.settings import Settings

JSON_FORMAT, TEXT_FORMAT, AUTO_FORMAT = "json", "text", "auto"
LEFT_OUT = "…"
"""Stands in a library's line for what is not shown."""

_TALKATIVE = ("alembic", "sqlalchemy")
"""Libraries whose lines below a warning help nobody who runs the service, and might hold what they write."""

_FILLED_IN = re.compile(r" from ip=|[:=\"'`(\[{]")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_supervisor: int | None = None
"""The process that only looks after workers: it sees no requests, so what it logs is shown whole."""


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls take an event's name and its values: `log.info("request", status=200)`."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return found


def configure_logging(settings: Settings, stream: IO[str] | None = None, *, supervisor: bool = False) -> None:
    """Send everything that is logged in this process to `stream` (stderr), in the form the settings say.

    `supervisor`: this process answers no requests itself, and forks those that do.
    """
    global _supervisor
    _supervisor = os.getpid() if supervisor else None
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(settings.log_format, terminal=out.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(form: str, *, terminal: bool) -> logging.Formatter:
    text = form == TEXT_FORMAT or (form == AUTO_FORMAT and terminal)
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=terminal)
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_hide, *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _tracebacks, _first_things, renderer],
        pass_foreign_args=True,
    )


def _hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of a line that a library has logged: its fixed text and its whole numbers."""
    record: logging.LogRecord = event["_record"]
    arguments = event.pop("positional_args", ())
    if os.getpid() != _supervisor:
        event["event"] = hidden(record.msg, arguments)
    return event


def hidden(template: object, arguments: object) -> str:
    """A library's text with only whole numbers filled in."""
    if isinstance(template, BaseException):
        return kind_of(template)
    text = str(template)
    if not arguments:
        # Filled in already. What libraries fill in stands behind a colon, an equals sign or a quotation mark.
        fixed = _FILLED_IN.split(text, maxsplit=1)[0]
        return fixed if fixed == text else f"{fixed} {LEFT_OUT}"
    try:
        return text % tuple(each if isinstance(each, int) else LEFT_OUT for each in arguments)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return text.partition("%")[0] + LEFT_OUT


def _tracebacks(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by where and of what kind it is."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    elif isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if isinstance(found, tuple) and found[1] is not None:
        event["exception"] = traceback_of(found[1])
    event.pop("stack_info", None)
    return event


def traceback_of(error: BaseException) -> str:
    """The traceback of an error and of those it came from, without their messages."""
    return "\n\n".join(_parts(error, set()))


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__
    before = cause or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield "which led to:" if cause else "and while that was handled:"
    places = "".join(traceback.format_tb(error.__traceback__))
    yield f"{places}{kind_of(error)}"


def kind_of(error: BaseException) -> str:
    """What an error is, in words that cannot hold a value: its class, and the code it has of us or of a system."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    code: object = None
    if isinstance(error, RewardsError):
        code = error.code
    elif isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    elif isinstance(error, OSError):
        code = error.errno
    return name if code is None else f"{name} ({code})"


def _first_things(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put what every line has first, so that lines read alike."""
    first: MutableMapping[str, Any] = {name: event.pop(name) for name in _FIRST if name in event}
    return {**first, **event}


_FIRST = ("timestamp", "level", "logger", "event", "request_id")
_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# Through the standard library's logging: there each process decides where lines go, and tests can read them.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
