"""Actions of other packages, found by their entry points; and what a close refuses to do for any action."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewards.actions import BUILT_IN, vocabulary
from rewards.actions.base import Action, CloseContext, EventContext
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.triggers import Trigger

from .plans import compiled, members

STAMP = '''
from dataclasses import dataclass

import numpy as np

from rewards.actions.base import Action
from rewards.plan.draft import ActionKind
from rewards.plan.model import ISSUANCE, Asset
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Stamp(Action):
    """One stamp an order, and one a day for everybody."""

    asset: Asset

    def on_event(self, context):
        context.move(self.asset, ISSUANCE, context.person("buyer"), 1)
        context.report(1)

    def on_close(self, context):
        quantity = context.selected().astype(np.int64)
        context.issue(self.asset, quantity)
        context.report(quantity)


KIND = ActionKind(
    name="postmark",
    triggers=frozenset({Trigger.ORDER_PAID, Trigger.DAY_CLOSE}),
    title={"en": "Stamp", "zh": "盖章"},
    summary={"en": "One stamp an order.", "zh": "每单一枚印章。"},
    schema={
        "type": "object",
        "required": ["asset"],
        "additionalProperties": False,
        "properties": {"asset": {"$ref": "#/$defs/name"}},
    },
    build=lambda draft: Stamp(draft.asset("asset")),
)
'''

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution with one entry point and one module."""

    def put(entry: str, source: str) -> None:
        info = tmp_path / "stamp_album-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stamp-album\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[rewards.actions]\n{entry}\n")
        (tmp_path / "stamp_album.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        vocabulary.cache_clear()

    monkeypatch.delitem(sys.modules, "stamp_album", raising=False)
    yield put
    vocabulary.cache_clear()
    sys.modules.pop("stamp_album", None)


STAMPS = """
assets:
  stamps: {title: {en: Stamps, zh: 印章}, scale: 0}
rules:
  - {id: order, on: order.paid, postmark: {asset: stamps}}
  - {id: day, on: day.close, when: {member.orders: {at_least: 1}}, postmark: {asset: stamps}}
"""


def test_a_plan_uses_an_action_of_another_package(install: Install) -> None:
    install("postmark = stamp_album:KIND", STAMP)
    world = members(compiled(STAMPS), [None, None])
    world.order("m0", "5", on="2026-03-02")
    world.close("2026-03-02")
    assert (world.balance("m0", "stamps"), world.balance("m1", "stamps")) == ("2", "0")


def test_an_installed_action_may_not_take_the_name_of_another(install: Install) -> None:
    install("grant = stamp_album:KIND", STAMP.replace('name="postmark"', 'name="grant"'))
    with pytest.raises(ValueError, match="there is an action named grant already"):
        vocabulary()


def test_an_entry_point_must_name_an_action_kind(install: Install) -> None:
    install("postmark = stamp_album:Stamp", STAMP)
    with pytest.raises(TypeError, match=r"entry point postmark .* is not an ActionKind"):
        vocabulary()


def test_the_built_in_actions_are_there_by_name() -> None:
    vocabulary.cache_clear()
    assert [kind.name for kind in BUILT_IN if vocabulary()[kind.name] is not kind] == []


# --- what no action may do ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Custom(Action):
    """Does what a test wants."""

    event: Callable[[EventContext], None] | None = None
    close: Callable[[CloseContext], None] | None = None

    def on_event(self, context: EventContext) -> None:
        (self.event or super().on_event)(context)

    def on_close(self, context: CloseContext) -> None:
        (self.close or super().on_close)(context)


def kinds(**actions: Any) -> dict[str, ActionKind]:
    """The vocabulary with a kind `custom`."""

    def build(_: Draft) -> Custom:
        return Custom(**actions)

    title = {"en": "Custom", "zh": "自定义"}
    custom = ActionKind(
        "custom", frozenset({Trigger.ORDER_PAID, Trigger.DAY_CLOSE}), title, title, {"type": "object"}, build
    )
    return {**vocabulary(), "custom": custom}


CUSTOM = """
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  points: {title: {en: Points, zh: 积分}, scale: 2, lots: {start_after_days: 0}}
pools:
  pot: {title: {en: Pot, zh: 池}}
rules:
  - {id: fill, on: order.paid, fund: {pool: pot, amount: {rate: 10%, of: order.cash}}}
  - id: lot
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: "1", of: order.cash}, locked: {basis: order.cash}}
  - {id: mine, on: TRIGGER, custom: {}}
"""


def one(size: int, quantity: int) -> Any:
    return np.full(size, quantity, dtype=np.int64)


OVERDRAWING = {
    "more out of account": lambda c: c.pay_from_pool(c.plan.pools["pot"], c.plan.assets["cash"], one(c.size, 1001)),
    "from a member than they have": lambda c: c.burn(c.plan.assets["points"], one(c.size, 1)),
    "than a lot has left": lambda c: c.release(c.plan.assets["points"], one(1, 10_001)),
    "takes 1 more out of account": lambda c: c.fund(c.plan.pools["pot"], -1001),
}


@pytest.mark.parametrize(("message", "effect"), OVERDRAWING.items(), ids=OVERDRAWING.keys())
def test_a_close_that_would_overdraw_an_account_fails(message: str, effect: Callable[[CloseContext], None]) -> None:
    plan = compiled(CUSTOM.replace("TRIGGER", "day.close"), kinds(close=effect))
    world = members(plan, [None])
    world.order("m0", "100", on="2026-03-02")
    with pytest.raises(ArithmeticError, match=f"rule mine .*{message}"):
        world.close("2026-03-02")


def test_an_action_has_no_effect_but_those_it_defines() -> None:
    world = members(compiled(CUSTOM.replace("TRIGGER", "order.paid"), kinds()), [None])
    with pytest.raises(TypeError, match="Custom has no effect on events"):
        world.order("m0", "100", on="2026-03-02")
    world = members(compiled(CUSTOM.replace("TRIGGER", "day.close"), kinds()), [None])
    with pytest.raises(TypeError, match="Custom has no effect at a day close"):
        world.close("2026-03-02")


def test_an_action_moves_nothing_that_anybody_could_share() -> None:
    assert Custom().outcome_asset is None
    assert Custom().outcome_scale == 0
