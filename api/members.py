"""Members: adding them, who they are, what they have, and their networks."""

from __future__ import annotations

from typing import Any

from rewards.services import holdings, measures, members, reports, tagging
from rewards.services.requests import MemberRequest, TagRequest
from rewards.services.views import MemberView, NetworkView, TagView

from . import examples
from .auth import MEMBER, READERS, SUBMITTERS, allow
from .blueprints import Blueprint
from .context import platform
from .pages import Answer, paged, whole
from .schemas_plans import list_of, page_of
from .schemas_requests import AfterQuery, AsOfQuery, BeforeQuery, MemberIn, NoParameters, OnQuery, TagIn
from .schemas_views import Balance, Line, Lot, Measure, Member, Network, Notice, Tag, Total
from .taken import taken_as

blueprint = Blueprint("members", "Members, what they have and their networks")


@blueprint.route("/members", methods=["POST"])
@blueprint.arguments(MemberIn, example=examples.MEMBER)
@blueprint.response(201, Member, description="Added")
@blueprint.repeated(Member)
@allow(*SUBMITTERS)
def add_member(wanted: MemberRequest) -> tuple[MemberView, int]:
    """Add a member."""
    added, repeated = members.add_member(platform(), wanted)
    return added, taken_as(members.KIND, repeated=repeated)


@blueprint.route("/members")
@blueprint.arguments(AfterQuery, location="query")
@blueprint.response(200, page_of(Member))
@allow(*READERS)
def list_members(query: dict[str, Any]) -> Answer:
    """Members in the order they joined."""
    return paged(members.list_members(platform(), query.get("after"), query["limit"]), "after")


@blueprint.route("/members/<member>")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, Member)
@allow(*READERS, MEMBER)
def get_member(_: dict[str, Any], member: str) -> MemberView:
    """A member."""
    return members.member(platform(), member)


@blueprint.route("/members/<member>/balances")
@blueprint.arguments(AsOfQuery, location="query")
@blueprint.response(200, list_of(Balance))
@allow(*READERS, MEMBER)
def get_balances(query: dict[str, Any], member: str) -> dict[str, Any]:
    """What a member has of every asset of every plan, now or at the close of a business day."""
    return whole(holdings.balances_of(platform(), member, query.get("as_of")))


@blueprint.route("/members/<member>/statement")
@blueprint.arguments(BeforeQuery, location="query")
@blueprint.response(200, page_of(Line))
@allow(*READERS, MEMBER)
def get_statement(query: dict[str, Any], member: str) -> Answer:
    """A member's transfers, newest first."""
    return paged(holdings.statement_of(platform(), member, query.get("before"), query["limit"]), "before")


@blueprint.route("/members/<member>/lots")
@blueprint.arguments(AfterQuery, location="query")
@blueprint.response(200, page_of(Lot))
@allow(*READERS, MEMBER)
def get_lots(query: dict[str, Any], member: str) -> Answer:
    """A member's lots, oldest first."""
    return paged(holdings.lots_of(platform(), member, query.get("after"), query["limit"]), "after")


@blueprint.route("/members/<member>/network")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, Network)
@allow(*READERS, MEMBER)
def get_network(_: dict[str, Any], member: str) -> NetworkView:
    """What a member's downline has ordered, split into cash and points."""
    return holdings.network_of(platform(), member)


@blueprint.route("/members/<member>/measures")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(Measure))
@allow(*READERS, MEMBER)
def get_measures(_: dict[str, Any], member: str) -> dict[str, Any]:
    """What each measure of every plan in force comes to today for a member."""
    return whole(measures.measures_of(platform(), member))


@blueprint.route("/members/<member>/notices")
@blueprint.arguments(BeforeQuery, location="query")
@blueprint.response(200, page_of(Notice))
@allow(*READERS, MEMBER)
def get_notices(query: dict[str, Any], member: str) -> Answer:
    """What a member was told of units about to expire, newest first."""
    return paged(measures.notices_of(platform(), member, query.get("before"), query["limit"]), "before")


@blueprint.route("/members/<member>/tags")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(Tag))
@allow(*READERS, MEMBER)
def get_tags(_: dict[str, Any], member: str) -> dict[str, Any]:
    """The tags a member carries, has carried or will carry; of each the days that were named last."""
    return whole(tagging.tags_of(platform(), member))


@blueprint.route("/members/<member>/tags/<tag>", methods=["PUT"])
@blueprint.arguments(TagIn, example=examples.TAG)
@blueprint.response(201, Tag, description="Given")
@blueprint.repeated(Tag)
@allow(*SUBMITTERS)
def give_tag(wanted: dict[str, Any], member: str, tag: str) -> tuple[TagView, int]:
    """Let a member carry a tag on some days, in place of the days named before."""
    given, repeated = tagging.give_tag(platform(), TagRequest(member, tag, **wanted))
    return given, taken_as(tagging.KIND, repeated=repeated)


@blueprint.route("/members/<member>/tags/<tag>", methods=["DELETE"])
@blueprint.arguments(OnQuery, location="query")
@blueprint.response(200, Tag)
@allow(*SUBMITTERS)
def end_tag(query: dict[str, Any], member: str, tag: str) -> TagView:
    """Let a member's tag end. One that is over already stays as it was."""
    return tagging.end_tag(platform(), member, tag, query.get("on"))


@blueprint.route("/network")
@blueprint.arguments(NoParameters, location="query")
@blueprint.response(200, list_of(Total))
@allow(*READERS)
def get_network_totals(_: dict[str, Any]) -> dict[str, Any]:
    """What all members together have ordered under each plan."""
    return whole(reports.network_totals(platform()))
