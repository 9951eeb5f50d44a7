"""Lives of a platform at random, beside models of plain dictionaries, on either store.

A failure names the seed of the run. The same seed gives the same run:

    REWARDS_STATEFUL_SEED=123 pytest tests/stateful

and `make stateful` looks for longer, in more and longer lives (EXAMPLES=1000 STEPS=80). A life in which something is
wrong is shortened, and printed as a program of steps, with a blob that gives that very life again at once:

    REWARDS_STATEFUL_BLOB=AXic... pytest tests/stateful -k sqlite
"""

from __future__ import annotations

import os
from random import SystemRandom

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import Fresh
from tests.stateful.machine import Lives

ALWAYS = 20260302
"""The seed of `make test`: the same lives each time; `make stateful` draws other ones."""
EXAMPLES, STEPS = 16, 20
"""How many lives on each store, and how many steps each has at most, where nobody asks for more."""


def test_books_are_what_plain_models_say(fresh: Fresh, store: str) -> None:
    given = os.environ.get("REWARDS_STATEFUL_SEED", "")
    seed = SystemRandom().randrange(10**9) if given == "random" else int(given or ALWAYS)
    blob = os.environ.get("REWARDS_STATEFUL_BLOB")
    print(f"\nREWARDS_STATEFUL_SEED={seed} gives this run again (-k {store})")

    def lives() -> Lives:
        return Lives(fresh)

    hypothesis.seed(seed)(lives)
    if blob:
        hypothesis.reproduce_failure(hypothesis.__version__, blob.encode())(lives)
    run_state_machine_as_test(
        lives,  # type: ignore[arg-type]  # its documentation allows any function
        settings=settings(
            max_examples=int(os.environ.get("REWARDS_STATEFUL_EXAMPLES") or EXAMPLES),
            stateful_step_count=int(os.environ.get("REWARDS_STATEFUL_STEPS") or STEPS),
            deadline=None,
            database=None,  # what a run does depends on its seed alone
            # Looking for a shorter life that fails takes minutes: whoever repeats a run by its seed waits for it.
            phases=[Phase.reuse, Phase.generate, *([Phase.shrink] if given.isdigit() else [])],
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
