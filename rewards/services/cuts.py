"""What caps have cut off what rules would have given, as it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from rewards.ledger.notes import CutTotal
from rewards.messages import LANGUAGES, Message, register
from rewards.money import format_amount
from rewards.plan.cap import Cap
from rewards.services.platform import Platform
from rewards.services.rendering import Names
from rewards.services.views_explained import CutView

register(
    {
        "explain.cut": ("cap `{cap}` cut off {quantity}", "上限 `{cap}` 截去 {quantity}"),
        "explain.cut-member": (
            "cap `{cap}` cut off {quantity} from {member}",
            "上限 `{cap}` 截去会员 {member} 的 {quantity}",
        ),
        "explain.cut-members": (
            "cap `{cap}` cut off {quantity} from {members} members",
            "上限 `{cap}` 对 {members} 位会员共截去 {quantity}",
        ),
        "explain.cut-everybody": (
            "cap `{cap}` cut off {quantity} from everybody together",
            "上限 `{cap}` 对全体会员合计截去 {quantity}",
        ),
    }
)


def cut_views(platform: Platform, names: Names, cuts: Iterable[CutTotal], whose: int) -> list[CutView]:
    """Cuts as they are shown to somebody who looks at the part of one member (`whose`, 0: at a whole event)."""
    found = list(cuts)
    names.read_members(each.member for each in found)
    views: list[CutView] = []
    for each in found:
        version, rule = names.rules[each.rule_id]
        cap = platform.bind(version).plan.caps[each.cap]
        quantity, who = format_amount(each.quantity, cap.scale), names.member(each.member) if each.member > 0 else ""
        shown = {"cap": cap.name, "quantity": quantity, "member": who, "members": each.members}
        message = Message(_code(each, whose), shown)
        views.append(
            CutView(cap.name, cap.title, rule, asset_of(cap, rule), quantity, who, each.members, both(message))
        )
    return views


def _code(each: CutTotal, whose: int) -> str:
    if not each.members:
        return "explain.cut-everybody"
    if each.members > 1:
        return "explain.cut-members"
    return "explain.cut" if each.member == whose else "explain.cut-member"


def asset_of(cap: Cap, rule: str) -> str:
    """The asset of what a cap counts of a rule."""
    return next(flow.asset for flow in cap.flows if flow.rule == rule)


def both(message: Message) -> dict[str, str]:
    """A message in each language."""
    return {language: message.render(language) for language in LANGUAGES}
