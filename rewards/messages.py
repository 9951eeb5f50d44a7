"""Every text a person may read, by code, in English and Chinese.

A room registers its texts with `register`; code elsewhere carries a code and parameters (a `Message`) and picks the
language only where it is shown. Codes and texts are part of the public interface and are tested.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LANGUAGES = ("en", "zh")


class Text(NamedTuple):
    """One text in each language, with `{name}` placeholders that are the same in both."""

    en: str
    zh: str


_catalogue: dict[str, Text] = {}


def placeholders(text: str) -> set[str]:
    """The names of the `{name}` placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def register(texts: Mapping[str, tuple[str, str]]) -> None:
    """Add texts (`code -> (English, Chinese)`) to the catalogue.

    Raises ValueError when a code is registered twice with different texts, or its two languages have different
    placeholders.
    """
    for code, (english, chinese) in texts.items():
        text = Text(english, chinese)
        if _catalogue.get(code, text) != text:
            raise ValueError(f"message {code} is registered twice")
        if placeholders(english) != placeholders(chinese):
            raise ValueError(f"message {code}: the languages name different placeholders")
        _catalogue[code] = text


def catalogue() -> Mapping[str, Text]:
    """All registered texts, by code."""
    return _catalogue


@dataclass(frozen=True)
class Message:
    """A text to be shown: its code in the catalogue and what fills its placeholders."""

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def render(self, language: str = "en") -> str:
        """The text in `language` (`en` or `zh`; any other gives English)."""
        text = _catalogue[self.code]
        chosen = text.zh if language.startswith("zh") else text.en
        return chosen.format(**self.parameters)


register(
    {
        "amount.malformed": (
            '"{text}" is not an amount; write a decimal number such as "12.50"',
            '“{text}”不是金额；请写成十进制数，例如 "12.50"',
        ),
        "amount.too-fine": (
            "{text} has more decimals than the {scale} this asset keeps; round it first",
            "{text} 的小数位超过该资产的 {scale} 位；请先取整",
        ),
        "amount.too-large": ("{text} is larger than a ledger account can hold", "{text} 超过账户可容纳的最大值"),
        "rate.malformed": (
            '"{text}" is not a rate; write a percentage such as 30%, a fraction such as 1/12 or a number in quotes '
            'such as "2.5"',
            '“{text}”不是比率；请写百分数（如 30%）、分数（如 1/12）或带引号的数字（如 "2.5"）',
        ),
    }
)
