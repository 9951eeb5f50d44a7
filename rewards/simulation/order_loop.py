"""The compiled loop over orders: what `rewards.interpreter` does to one order after the other, on 64-bit columns.

It knows plans of one shape (`shape.py`) and computes exactly what the interpreter would, to the smallest unit
(specification 1); where a number would leave its columns it stops and says so. All amounts are smallest units.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rewards.columns import Column, compiled
from rewards.interpreter.exits import LARGEST_KEY, SHIFT
from rewards.simulation.wide import LIMIT, TOO_LARGE, at_least, product, quotient, share

Table = npt.NDArray[np.int64]
"""A two-dimensional int64 array."""

FUND, GRANT, GRANT_WORTH = 0, 1, 2
"""What a step does: put currency into a pool; give units; give units worth so much before the order."""

ACTION, PLACE, TO_SPONSOR, BASE, NUMERATOR, DENOMINATOR, ROUNDING, WHOLE, LEAST, MOST = range(10)
"""The columns of a step. `PLACE` is the index of a pool or asset; the rest is an amount (rewards.plan.amounts)."""

ORDER, FIXED = -1, -2
"""What an amount is taken of, besides the outcome of an earlier step (its index): the order, or nothing."""

DOWN, UP, HALF_UP = 0, 1, 2
NONE = -1

ISSUED, BURNED, PRICE_OVER, PRICE_UNDER, EXITS, REDEMPTIONS, POOLS = range(7)
"""The places of `Books.totals`; in the middle is the last unit price, a ratio, and at `POOLS` the pools begin."""

(
    PRICED,
    BACKING,
    SUPPLY,
    CASH,
    QUOTA,
    EXIT_OVER,
    EXIT_UNDER,
    REDEEM_OVER,
    REDEEM_UNDER,
    PART_OVER,
    PART_UNDER,
    SUMS,
) = range(12)
"""The places of `Program.fixed`."""

FITS = -1


class Program(NamedTuple):
    """A plan of the shape the loop knows, as two arrays. Assets are named by their index, `NONE` for none."""

    steps: Table
    """int64[steps, 10], in the order of the rules."""
    fixed: Column
    """int64[12]: the priced asset; the place of its pool in the totals; the most units ever issued (`LIMIT` for no
    limit); the currency; the quota that exits wait for (`NONE` when nobody exits); what an exit pays of the gross, as a
    ratio; what a redemption pays of it; how much of their holding members redeem; the place of the sums in the totals.
    """


class Books(NamedTuple):
    """All accounts and the order of exits. Rows of `held` and entries of `sponsor` are ordinals; 0 is nobody."""

    held: Table
    """int64[members + 1, assets]."""
    totals: Column
    """int64[POOLS + pools + assets]: numbers of the priced asset, the pools, and what members hold together."""
    keys: Column
    """int64[2 × places]: the exit keys, and above each pair the lower of them; `LARGEST_KEY` for who is never due."""
    aside: Column
    """int64[members + 1]: room for members at the border who are not due."""
    outcomes: Column
    """int64[steps]: room for what each step has moved in one order."""
    sponsor: Column


# A loop pays for every array that it hands to a function with more than most of its arithmetic. What is done for every
# order is therefore written out in one function, which calls others with numbers; what is rare is handed arrays.


@compiled
def run_orders(program: Any, books: Any, buyers: Column, amounts: Column, redeeming: Column) -> int:
    """Take orders one after the other, each perhaps followed by a redemption (`redeeming`: who, 0 for nobody).

    All three columns are int64[orders], or `redeeming` is empty. Returns `FITS`, or the index of the order whose
    numbers do not fit: the books are then of no use any more.
    """
    steps, fixed = program
    held, totals, keys, aside, outcomes, sponsors = books
    priced, backing, quota, sums = fixed[PRICED], fixed[BACKING], fixed[QUOTA], fixed[SUMS]
    redeems = len(redeeming) > 0
    for index in range(len(buyers)):
        buyer, sponsor = buyers[index], sponsors[buyers[index]]
        before, per = totals[PRICE_OVER], totals[PRICE_UNDER]
        if before == 0:
            return index
        for step in range(len(steps)):
            base, place = steps[step, BASE], steps[step, PLACE]
            value = outcomes[base] if base >= 0 else amounts[index]
            numerator, denominator = steps[step, NUMERATOR], steps[step, DENOMINATOR]
            if steps[step, ACTION] == GRANT_WORTH:
                quantity = share(value, per, before, numerator, denominator)
            elif base == FIXED:
                quantity = numerator
            else:
                rounding, whole = steps[step, ROUNDING], steps[step, WHOLE]
                least, most = steps[step, LEAST], steps[step, MOST]
                quantity = _amount(value, numerator, denominator, rounding, whole, least, most)
            if quantity == TOO_LARGE:
                return index
            if steps[step, ACTION] == FUND:
                total = POOLS + place
            else:
                total = sums + place
                member = sponsor if steps[step, TO_SPONSOR] else buyer
                if member == 0:
                    quantity = 0
                elif place == priced:
                    quantity = min(quantity, fixed[SUPPLY] - totals[ISSUED])
                    totals[ISSUED] += quantity
                held[member, place] += quantity
            outcomes[step] = quantity
            totals[total] += quantity
            if totals[total] >= LIMIT or totals[ISSUED] >= LIMIT:
                return index
        circulation = totals[ISSUED] - totals[BURNED]
        if circulation > 0:
            totals[PRICE_OVER], totals[PRICE_UNDER] = totals[backing], circulation
        if not at_least(totals[PRICE_OVER], per, before, totals[PRICE_UNDER]):
            return index  # the price would fall, which the interpreter says better
        if quota != NONE:
            _enter(keys, buyer, _key(held[buyer, quota], held[buyer, priced]))
            if sponsor:
                _enter(keys, sponsor, _key(held[sponsor, quota], held[sponsor, priced]))
            due = _may_be_due(keys[1], totals[PRICE_OVER], totals[PRICE_UNDER])
            if due and not _let_exit(fixed, held, totals, keys, aside):
                return index
        if redeems and redeeming[index] and not _redeem(fixed, held, totals, keys, aside, redeeming[index]):
            return index
    return FITS


@compiled
def _amount(value: int, numerator: int, denominator: int, rounding: int, whole: int, least: int, most: int) -> int:
    """An amount of a value (rewards.plan.amounts), or `TOO_LARGE`."""
    high, low = product(value - value % whole, numerator)
    result: int
    result, rest = quotient(high, low, denominator)
    if result == TOO_LARGE:
        return TOO_LARGE
    if (rounding == UP and rest > 0) or (rounding == HALF_UP and 2 * rest >= denominator):
        result += 1
    if least != NONE and value > 0:
        result = max(result, least)
    if most != NONE:
        result = min(result, most)
    return result


# --- exits -----------------------------------------------------------------------------------------------------------


@compiled
def _key(quota: int, units: int) -> int:
    """The exit key of a holding; `LARGEST_KEY` for none, and for keys that are due at no price the loop takes."""
    if units == 0:
        return LARGEST_KEY
    high, low = product(quota, 1 << SHIFT)
    found, _ = quotient(high, low, units)
    return LARGEST_KEY if found == TOO_LARGE else found


@compiled
def _enter(keys: Column, member: int, key: int) -> None:
    """Enter a member's key, and the lower of each pair upwards as far as that changes anything."""
    place = (len(keys) >> 1) + member
    keys[place] = key
    while place > 1:
        lower = min(keys[place], keys[place ^ 1])
        place >>= 1
        if keys[place] == lower:
            return
        keys[place] = lower


@compiled
def _first(keys: Column) -> int:
    """The member with the lowest key, then the lowest ordinal."""
    place, leaves = 1, len(keys) >> 1
    while place < leaves:
        key = keys[place]
        place *= 2
        if keys[place] != key:
            place += 1
    return place - leaves


@compiled
def _may_be_due(key: int, pool: int, circulation: int) -> bool:
    """Whether a key is not above that of the price, or the price so high that keys say nothing any more."""
    if pool >> 30 >= circulation:
        return True
    return key != LARGEST_KEY and at_least(pool, 1 << SHIFT, key, circulation)


@compiled
def _let_exit(fixed: Column, held: Table, totals: Column, keys: Column, aside: Column) -> bool:
    """Let everybody exit who is due; each exit's fee raises the price and may make the next due."""
    while True:
        pool, circulation = totals[PRICE_OVER], totals[PRICE_UNDER]
        if pool >> 30 >= circulation:
            return False  # keys above `LIMIT`, which are held as never due, could be due
        member = _next_due(fixed, held, keys, aside, pool, circulation)
        if member == 0:
            return True
        units, quota = held[member, fixed[PRICED]], held[member, fixed[QUOTA]]
        gross = _sell(fixed, held, totals, member, units, fixed[EXIT_OVER], fixed[EXIT_UNDER])
        if gross == TOO_LARGE:
            return False
        used = min(gross, quota)
        held[member, fixed[QUOTA]] -= used
        totals[fixed[SUMS] + fixed[QUOTA]] -= used
        totals[EXITS] += 1
        _enter(keys, member, LARGEST_KEY)


@compiled
def _next_due(fixed: Column, held: Table, keys: Column, aside: Column, pool: int, circulation: int) -> int:
    """Who of those due at a price has the lowest key, then the lowest ordinal; 0 for nobody.

    A key is rounded down, so that at the border of the price it does not say who is due; that is decided exactly, and
    who is not due there is put aside while the others are looked at (rewards.interpreter.exits).
    """
    due, waiting = 0, 0
    while _may_be_due(keys[1], pool, circulation):
        member = _first(keys)
        if at_least(held[member, fixed[PRICED]], pool, held[member, fixed[QUOTA]], circulation):
            due = member
            break
        aside[waiting] = member
        waiting += 1
        _enter(keys, member, LARGEST_KEY)
    for index in range(waiting):
        member = aside[index]
        _enter(keys, member, _key(held[member, fixed[QUOTA]], held[member, fixed[PRICED]]))
    return due


# --- selling ---------------------------------------------------------------------------------------------------------


@compiled
def _redeem(fixed: Column, held: Table, totals: Column, keys: Column, aside: Column, member: int) -> bool:
    """A member redeems part of what they hold, rounded down; of nothing there is no redemption."""
    high, low = product(held[member, fixed[PRICED]], fixed[PART_OVER])
    units, _ = quotient(high, low, fixed[PART_UNDER])
    if units == 0:
        return True
    before, per = totals[PRICE_OVER], totals[PRICE_UNDER]
    if _sell(fixed, held, totals, member, units, fixed[REDEEM_OVER], fixed[REDEEM_UNDER]) == TOO_LARGE:
        return False
    totals[REDEMPTIONS] += 1
    if not at_least(totals[PRICE_OVER], per, before, totals[PRICE_UNDER]):
        return False
    if fixed[QUOTA] == NONE:
        return True
    _enter(keys, member, _key(held[member, fixed[QUOTA]], held[member, fixed[PRICED]]))
    return _let_exit(fixed, held, totals, keys, aside)


@compiled
def _sell(fixed: Column, held: Table, totals: Column, member: int, units: int, numerator: int, denominator: int) -> int:
    """Burn units and pay for them out of the pool; returns the gross, rounded up, or `TOO_LARGE`.

    When the last unit is burned, the price stays what it was (specification 1).
    """
    pool, circulation = totals[PRICE_OVER], totals[PRICE_UNDER]
    high, low = product(units, pool)
    whole, rest = quotient(high, low, circulation)
    paid = share(units, pool, circulation, numerator, denominator)
    if whole == TOO_LARGE or paid == TOO_LARGE:
        return TOO_LARGE
    priced, backing, cash, sums = fixed[PRICED], fixed[BACKING], fixed[CASH], fixed[SUMS]
    held[member, priced] -= units
    held[member, cash] += paid
    totals[sums + priced] -= units
    totals[sums + cash] += paid
    totals[BURNED] += units
    totals[backing] -= paid
    if totals[ISSUED] > totals[BURNED]:
        totals[PRICE_OVER], totals[PRICE_UNDER] = totals[backing], totals[ISSUED] - totals[BURNED]
    return TOO_LARGE if totals[sums + cash] >= LIMIT else whole + (rest > 0)
