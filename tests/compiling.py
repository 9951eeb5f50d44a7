"""Plans that are compiled once in a run: compiling the same text again gives the same plan, only later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from rewards.actions import vocabulary
from rewards.plan.load import load_plan
from rewards.services import plans, platform


@contextmanager
def each_file_once() -> Iterator[None]:
    """While it lasts the services compile each text once."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(lambda source, file: load_plan(source, file, vocabulary()))
        for module in (plans, platform):
            patch.setattr(module, "load_plan", lambda source, file, _: once(source, file))
        yield
