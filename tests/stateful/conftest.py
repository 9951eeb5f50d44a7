"""What all the lives of a run share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compiling import each_file_once


@pytest.fixture(scope="module", autouse=True)
def _each_file_compiled_once() -> Iterator[None]:
    with each_file_once():
        yield
