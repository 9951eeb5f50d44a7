from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.files import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A plan to write tests for."""
    return Shop(tmp_path)
