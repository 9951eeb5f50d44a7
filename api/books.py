"""The platform's books: pools and the prices of priced assets."""

from __future__ import annotations

from typing import Any

from rewards.services import reports

from .auth import READERS, allow
from .blueprints import Blueprint
from .context import platform
from .pages import Answer, paged, whole
from .schemas_plans import list_of, page_of
from .schemas_requests import NoParameters, PriceQuery
from .schemas_views import Pool, Price

blueprint = Blueprint("books", "Pools and prices")


@blueprint.route("/pools")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(Pool))
@allow(*READERS)
def list_pools(_: dict[str, Any]) -> dict[str, Any]:
    """What is in each pool, and all that ever went in and out."""
    return whole(reports.pools(platform()))


@blueprint.route("/prices/<asset>")
@blueprint.arguments(PriceQuery, location="query")
@blueprint.response(200, page_of(Price))
@allow(*READERS)
def list_prices(query: dict[str, Any], asset: str) -> Answer:
    """The prices of an asset, newest first."""
    plan, before = query.get("plan"), query.get("before")
    return paged(reports.price_history(platform(), asset, plan, before, query["limit"]), "before")
