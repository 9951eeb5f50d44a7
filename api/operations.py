"""For those who run the service: whether it lives, whether it is ready, and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable, current_revision
from rewards.ledger.schema import newest_revision
from rewards.logs import logger
from rewards.messages import Message
from rewards.services.platform import Platform

from . import metrics
from .auth import AUDITOR, OPERATOR, allow, public
from .context import platform
from .problems import RETRY_AFTER_SECONDS, Fault, Problem

_log = logger("rewards.api")


def operations(*, metrics_open: bool) -> Blueprint:
    """The routes /livez, /readyz and /metrics; the last one without a key if it is open."""
    blueprint = Blueprint("operations", __name__)

    @blueprint.route("/livez")
    @public
    def live() -> Response:
        """Answered as long as this process answers at all: neither the database nor a file is asked."""
        return jsonify({"status": "live"})

    @blueprint.route("/readyz")
    @public
    def ready() -> Response:
        """Whether requests can be carried out now. Raises Problem (503) naming what is in the way."""
        faults = [Fault(Message(code)) for code, check in CHECKS.items() if not _holds(code, check)]
        if faults:
            retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            raise Problem(503, Message("http.not-ready", {"count": len(faults)}), faults, retry)
        return jsonify({"status": "ready", "checks": [code.removeprefix("ready.") for code in CHECKS]})

    @blueprint.route("/metrics")
    @(public if metrics_open else allow(OPERATOR, AUDITOR))
    def numbers() -> Response:
        """The numbers of all workers, as Prometheus reads them."""
        return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)

    return blueprint


def _reached(found: Platform) -> bool:
    with found.ledger.read() as tx:
        tx.exec_driver_sql("SELECT 1")
    return True


def _migrated(found: Platform) -> bool:
    return current_revision(found.ledger.engine) == _newest()


@cache
def _newest() -> str | None:
    """The revision this version needs: read from files, so once."""
    return newest_revision()


def _compiled(found: Platform) -> bool:
    with found.ledger.read() as tx:
        found.calendar(tx)
    return True


CHECKS: dict[str, Callable[[Platform], bool]] = {
    "ready.database": _reached,
    "ready.migrations": _migrated,
    "ready.plans": _compiled,
}
"""What has to hold before requests can be carried out, by the code of what is said when it does not."""


def _holds(code: str, check: Callable[[Platform], bool]) -> bool:
    """Whether a check holds. Why it does not is logged and not answered: anyone may ask."""
    try:
        held = check(platform())
        if not held:
            _log.warning("not ready", check=code)
    except (RewardsError, SQLAlchemyError) as error:
        _log.warning("not ready", check=code, exc_info=not isinstance(error, StoreUnavailable))
        return False
    return held
