"""Adding or taking units by hand (specification, "around them")."""

from __future__ import annotations

from typing import Protocol

from rewards.errors import Refused
from rewards.money import format_amount
from rewards.plan.events import Adjust
from rewards.plan.model import BURNED, ISSUANCE, TREASURY, Asset, Plan


class Adjusting(Protocol):
    """As much of an event on its way as an adjustment needs."""

    plan: Plan

    def balance(self, asset: Asset, holder: int) -> int:
        """What a holder has available."""
        ...

    def move(self, asset: Asset, source: int, target: int, quantity: int) -> None:
        """Move a quantity between available balances; a debt of the target's is paid off."""
        ...

    def open_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> None:
        """Issue a quantity into a new locked lot of a member."""
        ...


def adjust(run: Adjusting, event: Adjust) -> None:
    """Add or take units by hand. Units of a priced asset come out of, and go to, the treasury: the price stays.

    Raises Refused.
    """
    asset = run.plan.assets.get(event.asset)
    if asset is None or asset.currency:
        raise Refused("request.not-adjustable", pointer="/asset", asset=event.asset, plan=run.plan.name)
    if event.locked_basis is not None:
        if asset.lots is None or event.quantity < 0:
            raise Refused("request.no-lots", pointer="/locked_basis", asset=asset.name)
        run.open_lot(asset, event.member, event.quantity, event.locked_basis)
        return
    other = TREASURY if asset.priced else (ISSUANCE if event.quantity > 0 else BURNED)
    source, target = (other, event.member) if event.quantity > 0 else (event.member, other)
    have = run.balance(asset, source)
    if source != ISSUANCE and abs(event.quantity) > have:
        raise Refused(
            "request.treasury-too-small" if source == TREASURY else "request.balance-too-small",
            pointer="/quantity",
            asset=asset.name,
            have=format_amount(have, asset.scale),
            available=format_amount(have, asset.scale),
            wanted=format_amount(abs(event.quantity), asset.scale),
        )
    run.move(asset, source, target, abs(event.quantity))
