"""`tag`: a member is given a tag for some days; who carries it already keeps it at least as long."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from rewards.actions.base import Action, CloseContext, EventContext
from rewards.actions.grant import read_receiver
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.ladder import FOR_EVER, Term
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.sections.terms import TERM, read_term
from rewards.plan.triggers import CLOSES, OCCASIONS, Trigger


@dataclass(frozen=True)
class GiveTag(Action):
    """Let `to` (buyer, member or sponsor) carry a tag from so many days after the event's for a term.

    It ends on `through` (`date.toordinal()`) at the latest. The rule moves nothing, so that its outcome is 0.
    """

    tag: str
    to: str
    start_after_days: int = 0
    term: Term = field(default_factory=Term)
    through: int = FOR_EVER

    def days(self, day: date) -> tuple[int, int]:
        """The first and the last day (`date.toordinal()`) of a tag that is given on a day."""
        first = day + timedelta(days=self.start_after_days)
        return first.toordinal(), min(self.term.last_day(first), self.through)

    def on_event(self, context: EventContext) -> None:
        member = context.person(self.to)
        first, last = self.days(context.day)
        if member and first <= last:
            context.give_tag(self.tag, member, first, last)
        context.report(0)

    def on_close(self, context: CloseContext) -> None:
        members = context.selected()
        if self.to == "sponsor":
            members = context.forest("").generations_sum(members.astype(np.int64), 1, 1) > 0
        first, last = self.days(context.day)
        if first <= last:
            context.give_tag(self.tag, members, first, last)
        context.report(np.zeros(context.size, dtype=np.int64))


def build(draft: Draft) -> GiveTag:
    """Read `tag: {name, to, start_after_days, lasts, through}`."""
    draft.scope.tag(draft.at("name"), draft.get("name"))
    through = date.fromisoformat(draft.get("through")).toordinal() if draft.has("through") else FOR_EVER
    term = read_term(draft.get("lasts", "for_ever"))
    return GiveTag(draft.get("name"), read_receiver(draft), draft.get("start_after_days", 0), term, through)


_LASTS = expected(
    "for_ever, {days: 90}, {months: 12} or {end_of: year, after: 1}",
    " for_ever、{days: 90}、{months: 12} 或 {end_of: year, after: 1}",
)

KIND = ActionKind(
    name="tag",
    triggers=OCCASIONS | {Trigger.ORDER_REFUNDED} | frozenset(CLOSES),
    title={"en": "Give a tag", "zh": "授予标签"},
    summary={
        "en": "A member is given a tag for some days: a status bought, an invitation, a mark that something has been "
        "done. Who carries it already keeps it at least as long.",
        "zh": "给会员一个在若干天内有效的标签：购得的身份、邀请资格或已完成某事的标记。已持有者的期限只会延长。",
    },
    schema=mapping(
        {
            "name": told(ref("name"), "Name", "The tag, which is declared under tags."),
            "to": told(
                {"enum": ["member", "buyer", "sponsor"]},
                "To",
                "Who: buyer or sponsor of an order, member or sponsor on other events, every member at a close.",
            ),
            "start_after_days": told(
                {"type": "integer", "minimum": 0, "maximum": 3660},
                "Start after days",
                "So many days after its day it begins; 0 when not given, which is the day itself.",
            ),
            "lasts": told(
                {"oneOf": [{"type": "string", "enum": ["for_ever"], **_LASTS}, TERM], **_LASTS},
                "Lasts",
                "How long it is carried from then on; for_ever when not given.",
            ),
            "through": told(
                {"type": "string", "format": "date"}, "Through", "The last day at the latest; after it, none is given."
            ),
        },
        "name",
        "to",
        **expected("which tag and who gets it: {name: vip, to: buyer}", "哪个标签、给谁：{name: vip, to: buyer}"),
    ),
    build=build,
)
