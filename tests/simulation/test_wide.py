"""Products and quotients of compiled loops against Python's own integers, which have no limit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.simulation.wide import LIMIT, TOO_LARGE, at_least, product, quotient, share

# Of every length, so that halves and their carries are met as often as small numbers.
amounts = st.integers(0, 62).flatmap(lambda bits: st.integers(0, min(2**bits, LIMIT - 1)))
positive = amounts.map(lambda amount: max(amount, 1))
law = settings(deadline=None, max_examples=500)


def as_limited(exact: int) -> int:
    return exact if exact < LIMIT else TOO_LARGE


@law
@given(amounts, amounts)
def test_a_product_is_its_two_halves(x: int, y: int) -> None:
    high, low = product(x, y)
    assert (int(high) << 64) + int(low) == x * y


@law
@given(amounts, amounts, positive)
def test_a_quotient_of_a_product_and_its_rest(x: int, y: int, divisor: int) -> None:
    exact, rest = divmod(x * y, divisor)
    found = quotient(*(np.uint64(half) for half in product(x, y)), divisor)
    assert tuple(found) == ((exact, rest) if exact < LIMIT else (TOO_LARGE, 0))


@law
@given(amounts, amounts, positive, amounts, positive)
def test_a_share_is_rounded_once(x: int, y: int, z: int, numerator: int, denominator: int) -> None:
    found = share(x, y, z, numerator, denominator)
    if x * y // z >= LIMIT:
        assert found == TOO_LARGE
    else:
        assert found == as_limited(x * y * numerator // (z * denominator))


@law
@given(amounts, amounts, amounts, amounts)
def test_products_are_compared_exactly(x: int, y: int, z: int, w: int) -> None:
    assert at_least(x, y, z, w) == (x * y >= z * w)
    assert at_least(x, y, y, x)
