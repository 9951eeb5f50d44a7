"""What plain (unquoted) text in a plan file means, and what is refused because readers may differ.

YAML 1.1, YAML 1.2 and people read `NO`, `010`, `12:30` or `1_000` differently; where money is decided, such
text has to be written in quotes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from rewards.messages import register

Scalar: TypeAlias = str | int | Decimal | bool | None

MAX_DIGITS = 30
"""The most digits a plain number may have before the point, and after it."""

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS + 1}}}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

_BOOLEAN_LIKE = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n"))
_NULL_LIKE = frozenset(("null", "~"))
_YAML_SIGNS = frozenset(("=", "<<"))
_NUMBER_LIKE = re.compile(
    r"""[-+]?(
        0[box][0-9a-f_]+                              # other bases
      | [0-9][0-9_,]*(\.[0-9_]*)?(e[-+]?[0-9_]*)?     # 010, 1_000, 1,000, 5., 1e3
      | \.[0-9][0-9_]*(e[-+]?[0-9_]*)?                # .5
      | \.inf | \.nan
    )""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_TIME_LIKE = re.compile(
    r"""[-+]?[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9_]*)?   # 12:30, in YAML 1.1 the number 750
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\ ].*)?     # 2026-1-1, 2026-01-01 10:00""",
    re.ASCII | re.VERBOSE,
)


@dataclass(frozen=True)
class Doubtful:
    """Plain text that is refused; `code` is the message that says why (it is filled with `text`)."""

    code: str


def read_plain(text: str) -> Scalar | Doubtful:
    """Read plain text: `true`, `false`, `null`, integers, decimals (as Decimal), else the text itself.

    ISO dates such as `2026-01-31` are text too: they are common in plans, and nobody mistakes them.

    >>> read_plain("2.50"), read_plain("30%"), read_plain("NO")
    (Decimal('2.50'), '30%', Doubtful(code='yaml.ambiguous-word'))
    """
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number:
        if _LONG_NUMBER.search(text):
            return Doubtful("yaml.number-too-long")
        return Decimal(text) if number.group(2) else int(text)
    code = _doubt(text)
    return Doubtful(code) if code else text


def read_plain_key(text: str) -> str | Doubtful:
    """Read plain text that stands as a mapping key; what is no text as a value is doubtful as a key.

    Only `on` (the event of a rule) is a key and no truth value.
    """
    if text == "on":
        return text
    value = read_plain(text)
    return value if isinstance(value, str | Doubtful) else Doubtful("yaml.key-not-text")


def _doubt(text: str) -> str | None:
    """The code of the message that says why plain text is refused, if it is."""
    lowered = text.lower()
    if lowered in _BOOLEAN_LIKE:
        return "yaml.ambiguous-word"
    if lowered in _NULL_LIKE:
        return "yaml.ambiguous-null"
    if text in _YAML_SIGNS:
        return "yaml.ambiguous-sign"
    if _DATE.fullmatch(text):
        return None
    if _TIME_LIKE.fullmatch(text):
        return "yaml.ambiguous-time"
    if _NUMBER_LIKE.fullmatch(text) or _has_wide_digits(text):
        return "yaml.ambiguous-number"
    return None


def _has_wide_digits(text: str) -> bool:
    """Whether the text would be a number or a percentage, were its digits typed in half width (３０％)."""
    if text.isascii():
        return False
    narrow = unicodedata.normalize("NFKC", text).removesuffix("%")
    return bool(_NUMBER_LIKE.fullmatch(narrow) or _NUMBER.fullmatch(narrow))


register(
    {
        "yaml.ambiguous-word": (
            '{text} may be read as text or as yes or no; write true or false, or write it in quotes ("{text}")',
            '{text} 既可读作文本，也可读作“是/否”；请写 true 或 false，或加上引号（"{text}"）',
        ),
        "yaml.ambiguous-null": (
            '{text} may be read as text or as no value; write null, or write it in quotes ("{text}")',
            '{text} 既可读作文本，也可读作空值；请写 null，或加上引号（"{text}"）',
        ),
        "yaml.ambiguous-sign": (
            'a lone {text} has a meaning of its own in some versions of YAML; write it in quotes ("{text}")',
            '单独的 {text} 在某些 YAML 版本中有特殊含义；请加上引号（"{text}"）',
        ),
        "yaml.ambiguous-time": (
            '{text} may be read as a time, a number or text; write it in quotes ("{text}"), '
            "or a date in full, such as 2026-01-31",
            '{text} 可读作时间、数字或文本；请加上引号（"{text}"），日期则请写全，例如 2026-01-31',
        ),
        "yaml.ambiguous-number": (
            "{text} may be read as different numbers or as text; "
            'write a number in plain digits, such as 1000 or 0.5, or write it in quotes ("{text}")',
            '{text} 可读作不同的数字或文本；请用普通数字书写（如 1000 或 0.5），或加上引号（"{text}"）',
        ),
        "yaml.number-too-long": (
            f"the number {{text}} has too many digits; "
            f"write at most {MAX_DIGITS} before the point and {MAX_DIGITS} after it, or write it in quotes",
            f"数字 {{text}} 的位数过多；小数点前后请各写至多 {MAX_DIGITS} 位，或加上引号",
        ),
        "yaml.key-not-text": (
            "the key {text} would be read as a number or a truth value, but keys are text; "
            'write it in quotes ("{text}")',
            '键 {text} 会被读作数字或真假值，而键必须是文本；请加上引号（"{text}"）',
        ),
    }
)
