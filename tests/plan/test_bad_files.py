"""The folder of bad plan files: each beside the diagnostics it must give, word for word.

`bad/NAME.expected` has a line for each diagnostic of `bad/NAME.yaml`, as it is shown, without the name of the file.
What is too large to be kept is generated here.
"""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import pytest

from rewards.actions import vocabulary
from rewards.messages import catalogue, placeholders
from rewards.plan.diagnostics import Diagnostic, Phrase, Severity
from rewards.plan.load import Loaded, load_plan, load_plan_file
from rewards.services.texts import TEXTS

BAD = Path(__file__).parent / "bad"
FILES = sorted(BAD.glob("*.yaml"))

GENERATED = {
    "ten-megabytes": ("plan: shop\n" + "# 积分\n" * 1_100_000, ["1:1: error[yaml.too-large]"]),
    "thousand-levels": ("rules: " + "[" * 1000 + "]" * 1000, ["1:47: error[yaml.too-deep]"]),
    "thousand-conditions": (
        "rules:\n  - when: " + "{not: " * 1000 + "{}" + "}" * 1000,
        ["2:233: error[yaml.too-deep]"],
    ),
    "many-entries": ("rules: [" + "1, " * 20_000 + "1]", ["1:60000: error[yaml.too-many-nodes]"]),
    "many-errors": ("rules:\n" + "  - NO\n" * 200, ["101:5: error[yaml.too-many-errors]"]),
    "long-text": (f'title: "{"长" * 10_001}"', ["1:8: error[yaml.text-too-long]"]),
}

# The words for demands that have no better ones; the plan schema makes no such demand (test_schema_check.py does).
WITHOUT_A_FILE = {"schema.invalid"}


@cache
def load(path: Path) -> Loaded:
    return load_plan(path.read_bytes(), path.stem, vocabulary())


def shown(found: list[Diagnostic], language: str = "en") -> list[str]:
    return [each.render(language).removeprefix(each.file + ":") for each in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_gives_the_diagnostics_beside_it(path: Path) -> None:
    loaded = load(path)
    assert shown(loaded.diagnostics) == path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert loaded.diagnostics
    assert (loaded.plan is None) == any(each.severity is Severity.ERROR for each in loaded.diagnostics)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_is_explained_in_chinese_too(path: Path) -> None:
    for each in load(path).diagnostics:
        text = each.message.render("zh")
        assert re.search("[\u4e00-\u9fff]", text), text
        for name, value in each.message.parameters.items():
            assert f"{{{name}" not in text, text
            if isinstance(value, Phrase) and value.en not in value.zh:
                assert value.en not in text, text


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_too_large_is_refused_at_once(name: str) -> None:
    source, expected = GENERATED[name]
    began = time.monotonic()
    lines = shown(load_plan(source, name, vocabulary()).diagnostics)
    assert time.monotonic() - began < 5
    assert [line.partition(": ")[0] + ": " + line.split(": ")[1] for line in lines][-1:] == expected


def test_every_code_is_provoked_by_a_file() -> None:
    provoked = {each.code for path in FILES for each in load(path).diagnostics}
    for name, (source, _) in GENERATED.items():
        provoked |= {each.code for each in load_plan(source, name, vocabulary()).diagnostics}
    # What services say of plans as a whole is not about a file; they are imported when other tests run beside this one.
    codes = {code for code in catalogue() if code.partition(".")[0] in ("plan", "schema", "yaml")} - TEXTS.keys()
    assert codes - provoked == WITHOUT_A_FILE


def test_every_text_names_the_same_things_in_both_languages() -> None:
    for code, text in catalogue().items():
        assert placeholders(text.en) == placeholders(text.zh), code


def test_the_folder_is_complete() -> None:
    assert len(FILES) >= 70
    assert {path.stem for path in BAD.iterdir()} == {path.stem for path in FILES}


def test_a_file_is_named_in_its_diagnostics() -> None:
    path = BAD / "nothing-enabled.yaml"
    (only,) = load_plan_file(path, vocabulary()).diagnostics
    assert only.render().startswith(f"{path}:10:1: error[plan.no-rule-enabled]: ")
    with pytest.raises(FileNotFoundError):
        load_plan_file(BAD / "no-such-file.yaml", vocabulary())
