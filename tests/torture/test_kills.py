"""Processes killed at any moment of their work lose nothing and do nothing twice (promises 6 and 7).

`make torture` does it more often and with other seeds; REWARDS_TORTURE_SEED and REWARDS_TORTURE_AT repeat a life.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.databases import Fresh
from tests.torture.lives import KILLS_A_LIFE, Lives, Worker
from tests.torture.script import Script

KILLS = int(os.environ.get("REWARDS_TORTURE_KILLS", "20"))
"""So many kills at least, by all tests of this file together."""
SEED = int(os.environ.get("REWARDS_TORTURE_SEED", "1"))
AT = os.environ.get("REWARDS_TORTURE_AT", "")
"""Places at which to kill in a single life, as a failure has named them: `3:17 9:2`."""

_STORES = _KINDS = 2
SCRIPTS = -(-KILLS // (_STORES * _KINDS * KILLS_A_LIFE))
"""So many scripts on each store, each of them with a life of either kind."""
THOROUGH = KILLS > 20


@pytest.fixture
def lives(worker: Worker, fresh: Fresh) -> Lives:
    return Lives(worker, fresh, thorough=THOROUGH)


@pytest.mark.skipif(bool(AT), reason="a life with given places is repeated")
def test_processes_killed_at_any_moment_of_their_work(lives: Lives) -> None:
    """At points drawn beforehand by their own hand, and from outside after times drawn beforehand."""
    for seed in range(SEED, SEED + SCRIPTS):
        whole, random = lives.whole(Script(seed)), Random(seed)
        lives.at_points(whole, random)
        before = lives.killed
        while lives.killed < before + KILLS_A_LIFE:  # a process that was done before its time is no kill
            lives.after_whiles(whole, random, before + KILLS_A_LIFE - lives.killed)
    print(f"{lives.killed} kills, nothing lost")
    assert lives.killed == SCRIPTS * _KINDS * KILLS_A_LIFE


@pytest.mark.skipif(not AT, reason="no places are given")
def test_a_life_is_repeated(lives: Lives) -> None:
    whole = lives.whole(Script(SEED))
    lives.at(whole, [(int(step), int(point)) for step, _, point in (place.partition(":") for place in AT.split())])
