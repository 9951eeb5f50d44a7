"""The whole vocabulary on the books: what the interpreter does in memory, to the last unit and the last cell."""

from __future__ import annotations

from random import Random

import pytest

from rewards.services.replay import replay

from .lives import Whole
from .shop import RULES, Shop

# Nobody has a place in a tree other than that of sponsors yet, which the plan with two legs looks down.
EXAMPLES = sorted(
    path.stem for path in (RULES / "examples").glob("*.yaml") if ".test" not in path.name and path.stem != "two-legs"
)


def example(name: str) -> str:
    return (RULES / "examples" / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_lives_as_in_memory(small_shop: Shop, name: str) -> None:
    whole = Whole.begin(small_shop, example(name), Random(f"life of {name}"))
    whole.live(6)
    small_shop.check()
    assert replay(small_shop.platform) == []
