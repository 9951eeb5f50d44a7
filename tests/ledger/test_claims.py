"""Claims and voucher codes as they are stored: each code given once, in order; each claim taken back once."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from rewards.ledger import Ledger, claims, events

from .books import ADA, a_busy_week, an_event

PLAN = 1


def a_claim(tx: Connection, id: str) -> int:
    """A claim of two mugs of ada's; returns its event's number."""
    seq = events.next_seq(tx)
    events.add(tx, [an_event(seq, "claim", id, member=ADA)])
    claims.add(tx, claims.Claim(seq, PLAN, "mug", ADA, 2))
    return seq


@pytest.fixture
def busy(ledger: Ledger) -> Ledger:
    """A ledger with a plan and members."""
    with ledger.write() as tx:
        a_busy_week(tx)
    return ledger


def test_a_claim_is_found_by_its_event(busy: Ledger) -> None:
    with busy.write() as tx:
        seq = a_claim(tx, "c1")
    with busy.read() as tx:
        assert claims.by_seq(tx, seq) == claims.Claim(seq, PLAN, "mug", ADA, 2, None)
        assert claims.by_seq(tx, seq - 1) is None


def test_a_claim_is_taken_back_once(busy: Ledger) -> None:
    with busy.write() as tx:
        first, second = a_claim(tx, "c1"), a_claim(tx, "c2")
        claims.cancel(tx, first, second)
        found = claims.by_seq(tx, first)
        assert found is not None
        assert found.cancelled_seq == second
        with pytest.raises(ValueError, match="no claim"):
            claims.cancel(tx, first, second)


def test_codes_are_given_in_their_order(busy: Ledger) -> None:
    with busy.write() as tx:
        claims.add_codes(tx, PLAN, "mug", ["z", "a"])
        claims.add_codes(tx, PLAN, "pen", ["a"])
        claims.add_codes(tx, PLAN, "mug", ["m"])
        assert [each.code for each in claims.next_codes(tx, PLAN, "mug", 0, 2)] == ["z", "a"]
        (first,) = claims.next_codes(tx, PLAN, "mug", 0, 1)
        assert [each.code for each in claims.next_codes(tx, PLAN, "mug", first.id, 9)] == ["a", "m"]
        seq = a_claim(tx, "c1")
        claims.give_codes(tx, [first.id], seq)
        assert claims.codes_of(tx, seq) == ["z"]
        assert claims.codes_left(tx, PLAN, "mug") == 2
        assert [each.code for each in claims.next_codes(tx, PLAN, "mug", 0, 9)] == ["a", "m"]
        assert claims.codes_left(tx, PLAN, "pen") == 1


def test_a_code_that_was_given_is_not_given_again(busy: Ledger) -> None:
    with busy.write() as tx:
        claims.add_codes(tx, PLAN, "mug", ["a"])
        (only,) = claims.next_codes(tx, PLAN, "mug", 0, 1)
        first, second = a_claim(tx, "c1"), a_claim(tx, "c2")
        claims.give_codes(tx, [only.id], first)
        claims.give_codes(tx, [only.id], second)
        assert (claims.codes_of(tx, first), claims.codes_of(tx, second)) == (["a"], [])


def test_a_code_is_loaded_once_for_a_reward(busy: Ledger) -> None:
    with busy.write() as tx:
        claims.add_codes(tx, PLAN, "mug", ["a", "b"])
        assert claims.known_codes(tx, PLAN, "mug", ["b", "c"]) == {"b"}
        assert claims.known_codes(tx, PLAN, "pen", ["b"]) == set()
    with pytest.raises(IntegrityError), busy.write() as tx:
        claims.add_codes(tx, PLAN, "mug", ["c", "b"])
    with busy.read() as tx:
        assert claims.codes_left(tx, PLAN, "mug") == 2
