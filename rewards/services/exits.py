"""The stored index of who exits at which price (specification 1, quota exit), kept true whatever moves holdings."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from rewards.interpreter.exits import Queues
from rewards.interpreter.run import exit_queues
from rewards.interpreter.state import State
from rewards.ledger import balances, events, prices
from rewards.plan.model import Plan
from rewards.plan.triggers import Trigger
from rewards.services.binding import Binding
from rewards.services.source import LedgerSource


def write(tx: Connection, binding: Binding, queues: Queues) -> None:
    """Write what has changed in the queues since they were written last."""
    for asset, (_, queue) in queues.items():
        book = binding.books[binding.plan.assets[asset].free_book]
        prices.set_triggers(tx, book, {member: key for member, key in queue.changed.items() if key is not None})
        prices.drop_triggers(tx, book, [member for member, key in queue.changed.items() if key is None])
        queue.changed.clear()


def watched_books(plan: Plan) -> set[int]:
    """The plan's own numbers of the books that exits depend on: the units, and the quotas they wait for."""
    return {asset.free_book for rule in plan.rules_on(Trigger.PRICE_RISES) for asset in rule.action.watches or ()}


def refresh(tx: Connection, binding: Binding, members: Collection[int]) -> None:
    """Work the index out anew for members whose balances were not changed through the queues, as by a day close."""
    source = LedgerSource(tx, binding)
    state = State(binding.plan, source)
    queues = exit_queues(state)
    if queues and members:
        source.prefetch(members)
        for _, queue in queues.values():
            for member in members:
                queue.touch(member)
        write(tx, binding, queues)


def take_over(tx: Connection, binding: Binding) -> None:
    """Work the whole index out anew where `is_due` says so."""
    if is_due(tx, binding):
        books = [binding.books[own] for own in watched_books(binding.plan)]
        refresh(tx, binding, {holder for _, holder, _ in balances.every(tx, books) if holder > 0})


def is_due(tx: Connection, binding: Binding) -> bool:
    """Whether the plan's last event was booked under another version, which may have had other exits."""
    if binding.only or not watched_books(binding.plan):
        return False
    return events.last_version(tx, binding.plan_id) not in (None, binding.version.id)
