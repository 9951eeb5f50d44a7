"""The award by generation with conditions: who counts, who is blocked, and the member's own amount."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import network
from rewards.columns import Column
from rewards.money import MAX_AMOUNT
from rewards.network import tree as tree_loops
from rewards.network import walks

from . import reference
from .trees import TEAM_RATES, Network, agree, as_written, chain, column, forests, laws, networks, rates, small_amounts

SHARING = [Fraction(1, 2), Fraction(3, 10)]
LINE = column(chain(5))
LAST = column([0, 0, 0, 0, 1000])  # only the last of the line has an amount
CHAIN = 200_000

levels = st.integers(-1, 3)
chosen_rates = st.lists(rates, max_size=4)


def flags(values: list[bool] | str) -> network.Flags:
    return np.array([value in (True, "x") for value in values], dtype=bool)


def test_who_does_not_count_is_passed_over_and_uses_up_no_generation() -> None:
    award = network.generation_award(LINE, LAST, SHARING, counts=flags("x-x--"))
    assert award.tolist() == [300, 0, 500, 0, 0]


def test_whether_the_source_counts_does_not_matter_to_the_uplines() -> None:
    for last in "x-":
        award = network.generation_award(LINE, LAST, SHARING, counts=flags("xxxx" + last))
        assert award.tolist() == [0, 0, 300, 500, 0]


def test_an_upline_is_blocked_by_an_equal_level_on_the_way() -> None:
    """3 is blocked by nobody, 2 by the equal level of 3, 1 is above all, 0 is blocked by 1."""
    four = [Fraction(1, 2), Fraction(3, 10), Fraction(1, 10), Fraction(1, 20)]
    award = network.generation_award(LINE, LAST, four, blocker=column([2, 2, 1, 1, 0]))
    assert award.tolist() == [0, 100, 0, 500, 0]


def test_the_source_itself_blocks() -> None:
    award = network.generation_award(LINE, LAST, SHARING, blocker=column([0, 0, 2, 1, 1]))
    assert award.tolist() == [0, 0, 300, 0, 0]


def test_who_does_not_count_still_blocks() -> None:
    award = network.generation_award(LINE, LAST, SHARING, flags("xxx-x"), column([3, 2, 1, 1, 0]))
    assert award.tolist() == [0, 300, 0, 0, 0]


def test_an_upline_without_level_is_blocked_by_anybody() -> None:
    award = network.generation_award(LINE, LAST, SHARING, blocker=column([-1] * 5))
    assert award.tolist() == [0] * 5


def test_a_member_is_the_first_generation_of_their_own_amount() -> None:
    award = network.generation_award(LINE, LAST, SHARING, own=True)
    assert award.tolist() == [0, 0, 0, 300, 500]


def test_a_member_who_does_not_count_leaves_the_first_generation_to_the_next() -> None:
    award = network.generation_award(LINE, LAST, SHARING, flags("xxx--"), own=True)
    assert award.tolist() == [0, 300, 500, 0, 0]


def test_nobody_is_blocked_on_their_own_amount_but_blocks_others() -> None:
    award = network.generation_award(LINE, LAST, SHARING, blocker=column([1, 1, 1, 0, 0]), own=True)
    assert award.tolist() == [0, 0, 0, 0, 500]


def test_golden_own_rate_on_own_amount_first() -> None:
    """A level 7 over B level 6 over C level 1, C releases 10,000: C 1,000 of her own, B 3,400, A 600."""
    award = network.differential_award(
        column(chain(3)), column([0, 0, 1_000_000]), TEAM_RATES, column([6, 5, 0]), own=True
    )
    assert award.tolist() == [60_000, 340_000, 100_000]


def test_without_rates_nobody_earns_under_any_conditions() -> None:
    award = network.generation_award(LINE, LAST, [], flags("xxxxx"), column([0, 1, 2, 3, -1]), own=True)
    assert award.tolist() == [0] * 5
    assert network.generation_award(LINE, LAST, [], own=True).tolist() == [0] * 5


@laws
@given(forests(levels=4), chosen_rates, st.data(), st.booleans(), st.booleans(), st.booleans())
def test_conditions_equal_the_reference(
    tree: Network, chosen: list[Fraction], data: st.DataObject, compress: bool, block: bool, own: bool
) -> None:
    members = len(tree.sponsor)
    counts = data.draw(st.lists(st.booleans(), min_size=members, max_size=members)) if compress else None
    blocker = tree.level if block else None
    expected = reference.generation_award(tree.sponsor, tree.source, chosen, counts, blocker, own)
    agree(
        lambda: network.generation_award(
            column(tree.sponsor),
            column(tree.source),
            chosen,
            None if counts is None else flags(counts),
            None if blocker is None else column(blocker),
            own,
        ),
        expected,
    )


@laws
@given(forests(), st.lists(rates, min_size=7, max_size=7))
def test_own_differential_equals_the_reference(tree: Network, chosen: list[Fraction]) -> None:
    agree(
        lambda: network.differential_award(
            column(tree.sponsor), column(tree.source), chosen, column(tree.level), own=True
        ),
        reference.differential_award(tree.sponsor, tree.source, chosen, tree.level, own=True),
    )


@laws
@given(forests(small_amounts, levels=4), chosen_rates, st.data(), st.booleans(), st.booleans())
def test_sources_add_up_to_the_award_under_conditions(
    tree: Network, chosen: list[Fraction], data: st.DataObject, block: bool, own: bool
) -> None:
    members = len(tree.sponsor)
    columns = (column(tree.sponsor), column(tree.source))
    counts = flags(data.draw(st.lists(st.booleans(), min_size=members, max_size=members)))
    blocker = column(tree.level) if block else None
    award = network.generation_award(*columns, chosen, counts, blocker, own)
    for earner in range(members):
        sources = network.generation_sources(*columns, chosen, earner, counts, blocker, own)
        assert math.floor(sum(line.rate * line.amount for line in sources)) == award[earner]
        assert all(line.rate == chosen[line.generation - 1] and line.amount for line in sources)
        assert [line.member for line in sources] == sorted({line.member for line in sources})


@laws
@given(forests(small_amounts), st.lists(rates, min_size=7, max_size=7))
def test_sources_add_up_to_the_own_differential(tree: Network, chosen: list[Fraction]) -> None:
    columns = (column(tree.sponsor), column(tree.source), chosen, column(tree.level))
    award = network.differential_award(*columns, own=True)
    for earner in range(len(tree.sponsor)):
        sources = network.differential_sources(*columns, earner, own=True)
        assert math.floor(sum(line.rate * line.amount for line in sources)) == award[earner]


def test_sources_name_the_generation_that_counted() -> None:
    sources = network.generation_sources(LINE, LAST, SHARING, 0, counts=flags("x-x--"))
    assert sources == [(4, 2, Fraction(3, 10), 1000)]
    assert network.generation_sources(LINE, LAST, SHARING, 1, counts=flags("x-x--")) == []
    own = network.generation_sources(LINE, column([0, 0, 0, 7, 1000]), SHARING, 3, own=True)
    assert own == [(3, 1, Fraction(1, 2), 7), (4, 2, Fraction(3, 10), 1000)]


def test_products_beyond_64_bits_are_exact_under_conditions() -> None:
    odd, half = Fraction(999_999_937, 10**12), MAX_AMOUNT // 2
    tree, source, level = chain(4), [0, half, half, half], [3, 2, 1, 0]
    award = network.generation_award(column(tree), column(source), [odd, odd], flags("xx-x"), column(level), own=True)
    expected = reference.generation_award(tree, source, [odd, odd], [True, True, False, True], level, own=True)
    assert award.tolist() == expected


def test_the_inputs_are_left_as_they_were() -> None:
    counts, blocker, source = flags("x-x-x"), column([3, 2, 1, 0, -1]), LAST.copy()
    network.generation_award(LINE, source, SHARING, counts, blocker, own=True)
    network.generation_award(LINE, source, SHARING, counts, own=True)
    assert source.tolist() == LAST.tolist()
    assert (counts.tolist(), blocker.tolist()) == ([True, False, True, False, True], [3, 2, 1, 0, -1])


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        (column([1] * 5), "counts has dtype int64 and 1 dimensions; give a one-dimensional bool array"),
        (np.ones((5, 1), dtype=bool), "counts has dtype bool and 2 dimensions"),
        (flags("xx"), "counts has 2 entries for 5 members"),
    ],
)
def test_who_counts_is_true_or_false_for_each_member(counts: network.Flags, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        network.generation_award(LINE, LAST, SHARING, counts)


def test_a_blocking_level_is_none_or_more() -> None:
    blocker = column([0, 0, -2, 0, 0])
    with pytest.raises(ValueError, match=r"blocker\[2\] is -2"):
        network.generation_award(LINE, LAST, SHARING, blocker=blocker)
    with pytest.raises(ValueError, match=r"blocker\[2\] is -2"):
        network.generation_sources(LINE, LAST, SHARING, 0, blocker=blocker)


@laws
@given(networks(levels=4), st.data())
def test_pointers_mean_the_same_compiled_and_as_written(tree: Network, data: st.DataObject) -> None:
    """They cannot overflow and run compiled only; here their source text is run as the Python it is."""
    upline, level = column(tree.sponsor), column(tree.level)
    members = len(upline)
    counting = column(data.draw(st.lists(st.integers(0, 1), min_size=members, max_size=members)))
    _, higher = tree_loops.higher_uplines(upline, level)
    compiled, written = ([np.zeros_like(upline) for _ in range(3)] for _ in range(2))
    for form, found in ((lambda loop: loop, compiled), (as_written, written)):
        form(walks._find_counting)(upline, counting, found[0])
        form(walks._find_records)(upline, counting, higher, found[1], found[2])
    assert [each.tolist() for each in written] == [each.tolist() for each in compiled]


# --- a chain of two hundred thousand ------------------------------------------------------------------------


def _seconds(counts: network.Flags, blocker: Column | None, parent: Column) -> tuple[float, Column]:
    ones = np.full(CHAIN, 10, dtype=np.int64)
    start = time.perf_counter()
    award = network.generation_award(parent, ones, SHARING, counts, blocker)
    return time.perf_counter() - start, award


@pytest.mark.parametrize("upwards", [False, True], ids=["in order", "turned over"])
def test_passing_over_everybody_does_not_walk_the_chain(upwards: bool) -> None:
    """Nobody counts but the head; walking up from each member would be twenty thousand million steps."""
    parent = np.append(np.arange(1, CHAIN), -1) if upwards else column(chain(CHAIN))
    head = CHAIN - 1 if upwards else 0
    counts = np.zeros(CHAIN, dtype=bool)
    _seconds(counts, None, parent)  # compiles
    counts[head] = True
    seconds, award = _seconds(counts, None, parent)
    assert (award[head], award.sum()) == ((CHAIN - 1) * 5, (CHAIN - 1) * 5)
    assert seconds < 5


def test_levels_that_rise_all_the_way_do_not_walk_the_chain() -> None:
    """Everybody is above all below them, and nobody counts but the head."""
    parent, counts = column(chain(CHAIN)), np.zeros(CHAIN, dtype=bool)
    counts[0] = True
    rising = np.arange(CHAIN, 0, -1)
    seconds, award = _seconds(counts, rising, parent)
    assert (award[0], award.sum()) == ((CHAIN - 1) * 5, (CHAIN - 1) * 5)
    assert seconds < 5
    seconds, award = _seconds(~counts, rising, parent)
    assert award.sum() == (CHAIN - 2) * 5 + (CHAIN - 3) * 3
    assert seconds < 5
