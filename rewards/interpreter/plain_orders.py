"""Orders under plans that only give shares of them: a short way for what `rewards.interpreter.run` does with any rule.

Most orders meet such rules: so much of what was paid goes into a pool, so much to the buyer. What that moves can be
said in a few numbers, which one loop goes through in a fraction of the time. It takes an order only where nothing else
can happen, and does to it exactly what the long way does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rewards.actions.base import Plain
from rewards.interpreter.exits import Queues
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import Purchases, State, Transfer
from rewards.plan.events import OrderPaid
from rewards.plan.model import ISSUANCE, Asset, Plan, Rule
from rewards.tuples import new_tuple


class Step(NamedTuple):
    """What one rule moves; books and holders by the plan's own numbers."""

    rule: int
    rule_id: str
    asset: str
    book: int
    debt_book: int
    """Where the buyer may owe what they are given, or -1 when it is not the buyer who gets it."""
    source: int
    target: int
    """The holder, or 0 for the buyer."""
    said: str
    """What the order says that the quantity is a share of; empty when it is units worth something."""
    worth_of: str
    """The rule that has contributed what they are worth a share of."""
    numerator: int
    denominator: int
    supply: int | None
    """The most that may ever be issued, smallest units."""


def plain_steps(plan: Plan, rules: Sequence[Rule]) -> tuple[Step, ...] | None:
    """What the rules on a paid order move; None where one of them, or the plan, asks for more than these can say."""
    if plan.caps or plan.remembers or plan.evaluates_on_events:
        return None
    steps: list[Step] = []
    for rule in rules:
        plain = rule.action.plain
        if plain is None or rule.when is not None:
            return None
        steps.append(_step(rule, plain))
    return tuple(steps)


def _step(rule: Rule, plain: Plain) -> Step:
    asset, issued = plain.asset, plain.source == ISSUANCE
    return Step(
        rule.index,
        rule.id,
        asset.name,
        asset.free_book,
        -1 if plain.target else asset.debt_book,
        plain.source,
        plain.target,
        plain.amount.of,
        plain.worth_of,
        plain.amount.numerator,
        plain.amount.denominator,
        asset.priced.supply if issued and asset.priced else None,
    )


def take_plainly(state: State, plan: Plan, queues: Queues, order: OrderPaid, steps: Sequence[Step]) -> Outcome | None:
    """Interpret an order that no points have paid for; None, with the state as it was, where it takes the long way.

    That is where the buyer owes something, or somebody may be due to exit.
    """
    buyer, books = order.member, state.books
    for step in steps:
        if step.debt_book >= 0 and books[step.debt_book][buyer]:
            return None
    outcome = Outcome()
    for asset in plan.priced_assets:
        outcome.prices_before[asset.name] = _price(state, asset)
    try:
        given = _move(state, order, steps, outcome)
        if queues and not _nobody_exits(state, plan, queues, buyer if given else 0):
            _put_back(state, queues, outcome, buyer)
            return None
        for asset in plan.priced_assets:
            note_price(state, outcome, asset, _price(state, asset))
    except BaseException:
        _put_back(state, queues, outcome, buyer)
        raise
    outcome.sale = new_tuple(Purchases, (order.cash, order.points, 1))
    state.sell(buyer, outcome.sale)
    return outcome


def _move(state: State, order: OrderPaid, steps: Sequence[Step], outcome: Outcome) -> bool:
    """Move what the steps say; answers whether the buyer was given anything."""
    moved: dict[str, int] = {}
    given = False
    buyer, transfers = order.member, outcome.transfers
    for rule, id, asset, book, _, source, target, said, worth_of, numerator, denominator, supply in steps:
        if said:
            quantity = getattr(order, said) * numerator // denominator
        else:
            price, per = outcome.prices_before[asset]
            contributed = moved.get(worth_of, 0)
            quantity = numerator * contributed * per // (denominator * price)
            outcome.trace[id] = [{"contributed": contributed, "price": f"{price}/{per}"}]
        if supply is not None:
            quantity = min(quantity, supply + state.books[book][ISSUANCE])
        if quantity > 0:
            transfer = new_tuple(Transfer, (rule, book, source, book, target or buyer, quantity, None))
            state.apply(transfer)
            transfers.append(transfer)
            given = given or not target
        else:
            quantity = 0
        moved[id] = quantity
    return given


def _nobody_exits(state: State, plan: Plan, queues: Queues, given: int) -> bool:
    """Whether there is surely nobody who is due to exit, after somebody (0: nobody) was given something."""
    for asset, (_, queue) in queues.items():
        if given:
            queue.touch(given)
        if not queue.nobody_due(*_price(state, plan.assets[asset])):
            return False
    return True


def _put_back(state: State, queues: Queues, outcome: Outcome, buyer: int) -> None:
    for transfer in reversed(outcome.transfers):
        state.undo(transfer)
    state.prices.update(outcome.prices_before)
    for _, queue in queues.values():
        queue.touch(buyer)


def _price(state: State, asset: Asset) -> tuple[int, int]:
    """The unit price now; while no unit is in circulation the last there was."""
    return state.backed_price(asset) or state.last_price(asset)


def note_price(state: State, outcome: Outcome, asset: Asset, price: tuple[int, int]) -> None:
    """Note the unit price that an event has left. Raises ArithmeticError if it has fallen."""
    numerator, denominator = price
    before_numerator, before_denominator = outcome.prices_before[asset.name]
    change = numerator * before_denominator - before_numerator * denominator
    if change < 0:
        raise ArithmeticError(f"the price of {asset.name} would fall")
    state.prices[asset.name] = price
    if change:
        outcome.prices[asset.name] = price
