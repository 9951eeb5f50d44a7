"""The collector of reference cycles while batches are taken."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from rewards.services.collections_paused import collections_paused


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    if not was_enabled:
        gc.disable()


def test_it_rests_inside_and_works_again_afterwards() -> None:
    with collections_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_rests_until_the_last_of_several_batches_is_done() -> None:
    with collections_paused():
        with collections_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_batch_that_fails_wakes_it_too() -> None:
    with pytest.raises(ValueError, match="refused"), collections_paused():
        raise ValueError("refused")
    assert gc.isenabled()


def test_who_had_it_switched_off_finds_it_so() -> None:
    gc.disable()
    with collections_paused():
        pass
    assert not gc.isenabled()
