"""The words in which a schema's demands are put to the author of a plan file, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from rewards.messages import register
from rewards.plan.diagnostics import Phrase
from rewards.plan.scalars import read_plain

NOTHING = Phrase("", "")
ANOTHER_VALUE = Phrase("another value (the manual says which)", "其他值（见手册）")
A_VALUE = Phrase("a value", "值")

_SHOWN_TEXT = 40
"""How many characters of a found text are repeated in a message."""
_SHOWN_CHOICES = 20
"""How many keys or values a message lists."""
_SIMILAR = 65
"""How alike (of 100) a known word must be to be suggested."""

_TYPES = {
    "string": Phrase("text", "文本"),
    "integer": Phrase("a whole number", "整数"),
    "number": Phrase("a number", "数字"),
    "boolean": Phrase("true or false", "“true”或“false”"),
    "array": Phrase("a list", "列表"),
    "object": Phrase("a mapping of keys to values", "键值表"),
    "null": Phrase("null", "“null”"),
}
_DATE = Phrase("a date such as 2026-01-31", "日期，例如 2026-01-31")
_UNITS = {
    "Length": (Phrase("character", "个字符"), Phrase("characters", "个字符")),
    "Items": (Phrase("entry", "项"), Phrase("entries", "项")),
    "Properties": (Phrase("key", "个键"), Phrase("keys", "个键")),
}
_BOUNDS = {
    "minimum": Phrase("at least {}", "不小于 {}"),
    "exclusiveMinimum": Phrase("more than {}", "大于 {}"),
    "maximum": Phrase("at most {}", "不大于 {}"),
    "exclusiveMaximum": Phrase("less than {}", "小于 {}"),
}


_UNITS_OF_LENGTH = {
    **dict.fromkeys(("day", "天", "日"), ("days", 1)),
    **dict.fromkeys(("week", "周"), ("days", 7)),
    **dict.fromkeys(("month", "月", "个月"), ("months", 1)),
    **dict.fromkeys(("quarter", "季度", "个季度"), ("months", 3)),
    **dict.fromkeys(("year", "年"), ("months", 12)),
}
_LENGTH = re.compile(rf"([0-9]{{1,4}})[ _-]*({'|'.join(_UNITS_OF_LENGTH)})s?", re.IGNORECASE)
"""A length of time as people write it, `3 months`."""
_COMPARISONS = {
    **dict.fromkeys((">=", "=>", "≥"), "at_least"),
    **dict.fromkeys(("<=", "=<", "≤"), "at_most"),
    ">": "above",
    "<": "below",
    "!=": "is_not",
    **dict.fromkeys(("==", "="), "is"),
}
_COMPARED = re.compile(rf"([a-z]+(?:\.[A-Za-z0-9_-]+)+)\s*({'|'.join(_COMPARISONS)})\s*(\S.*)", re.ASCII)
"""A comparison as formulas have it, `order.cash >= 1000`."""
_TYPOGRAPHIC = re.compile("[“”„‘’‚「『](.*)[“”‘’」』]")


def plain(value: Any) -> str:
    """A single value as one would write it in the file."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def found(value: Any) -> Phrase:
    """What stands in the file, in a few words."""
    if isinstance(value, str):
        text = value if len(value) <= _SHOWN_TEXT else value[:_SHOWN_TEXT] + "…"
        return Phrase(f'"{text}"', f"“{text}”")
    if isinstance(value, dict):
        return Phrase("a mapping", "键值表")
    if isinstance(value, list):
        return Phrase("a list", "列表")
    if value is None or isinstance(value, bool):
        return _word(plain(value))
    return Phrase(f"the number {plain(value)}", f"数字“{plain(value)}”")


def types(names: str | Iterable[str]) -> Phrase:
    """The names of one or more of JSON Schema's types, as alternatives."""
    return Phrase.either(_TYPES[name] for name in ([names] if isinstance(names, str) else names))


def choices(values: Iterable[Any]) -> Phrase:
    """Allowed values as alternatives; of very many, the first."""
    written = [plain(value) for value in values]
    if len(written) <= _SHOWN_CHOICES:
        return Phrase.either(map(_word, written))
    shown = enumerated(written[:_SHOWN_CHOICES])
    return Phrase(f"{shown.en}, …", f"{shown.zh}……")


def enumerated(names: Iterable[str]) -> Phrase:
    """Names one after the other."""
    listed = [_word(name) for name in names]
    return Phrase(", ".join(each.en for each in listed), "、".join(each.zh for each in listed))


def _word(text: str) -> Phrase:
    return Phrase(text, f"“{text}”")


def count(keyword: str, value: str | list[Any] | dict[str, Any]) -> Phrase:
    """How long a value is, in the unit that a keyword such as `minItems` counts."""
    one, many = _UNITS[keyword[3:]]
    unit = one if len(value) == 1 else many
    return Phrase(f"{len(value)} {unit.en}", f"{len(value)} {unit.zh}")


def bounds(schema: Mapping[str, Any]) -> Phrase:
    """The range of numbers a schema allows."""
    limits = [(phrase, plain(schema[key])) for key, phrase in _BOUNDS.items() if key in schema]
    return Phrase(
        "a number of " + " and ".join(phrase.en.format(limit) for phrase, limit in limits),
        "、".join(phrase.zh.format(limit) for phrase, limit in limits) + " 的数",
    )


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any is like it."""
    words = sorted(known)
    match = process.extractOne(word.lower(), words, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    if match:
        return match[0]
    # in a short word a single slip weighs too much: "fo" is "of"
    slips = (each for each in words if len(word) > 1 and OSA.distance(word.lower(), each) == 1)
    return next(slips, None)


_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "in": ("one_of",),
    "not_in": ("none_of",),
    "maximum": ("most", "cap", "at_most"),
    "minimum": ("least", "min", "at_least"),
    "amount": ("total", "quantity"),
    "date": ("on",),
    "day": ("on",),
    "until": ("through",),
    "tag": ("name",),
}
"""What else people call a key, and the keys that may be meant, of which the first is told that there is."""


def closest_key(word: str, known: Iterable[str]) -> str | None:
    """The known key that was probably meant, if any is like it or means the same."""
    keys = set(known)
    return next((key for key in _OTHER_WORDS.get(word, ()) if key in keys), None) or closest(word, keys)


def key_hint(meant: str | None, known: set[str]) -> Phrase:
    """What to write instead of an unknown key: the key that was meant, else the keys there are."""
    if meant is not None:
        return Phrase(f'did you mean "{meant}"?', f"是否想写“{meant}”？")
    if not known:
        return Phrase("remove it", "请删除")
    names = enumerated(sorted(known)[:_SHOWN_CHOICES])
    return Phrase(f"the keys here are {names.en}", f"此处可用的键有{names.zh}")


def value_hint(value: Any, known: Iterable[Any]) -> Phrase:
    """The allowed text that was probably meant, in brackets; of a length of time, how one is written."""
    if not isinstance(value, str):
        return NOTHING
    length = _length_hint(value)
    if length is not None:
        return length
    meant = closest(value, (each for each in known if isinstance(each, str)))
    return Phrase(f' (did you mean "{meant}"?)', f"（是否想写“{meant}”？）") if meant else NOTHING


def _length_hint(value: str, keys: Iterable[str] = ("days", "months")) -> Phrase | None:
    """For a length of time how one is written, where these keys can say it."""
    length = _LENGTH.fullmatch(value)
    key, times = _UNITS_OF_LENGTH[length[2].lower()] if length else ("", 0)
    if length is None or key not in keys:
        return None
    written = f"{{{key}: {int(length[1]) * times}}}"
    return Phrase(f" (so long a time is written {written})", f"（这样一段时间写作 {written}）")


def comparison(text: str) -> str | None:
    """How a comparison that is written as a formula stands in a condition; None for any other text."""
    match = _COMPARED.fullmatch(text.strip())
    if match is None:
        return None
    field, sign, bound = match.groups()
    bound = bound.strip("\"'")
    plain_word = isinstance(read_plain(bound), str | bool) and not bound[0].isdigit()
    written = bound if plain_word else f'"{bound}"'
    return f"{field}: {{{_COMPARISONS[sign]}: {written}}}"


def straight(value: Any) -> str | None:
    """A text that stands in typographic quotes, which are part of it, as it was meant; None for all else."""
    quoted = _TYPOGRAPHIC.fullmatch(value) if isinstance(value, str) else None
    return quoted[1] if quoted else None


def quoting_hint(value: Any, schema: Mapping[str, Any]) -> Phrase:
    """For a value whose only fault is how it is written (in quotes or not, as a mapping), how to write it."""
    wanted = schema.get("type")
    if wanted == "object" and isinstance(value, str):
        compared = comparison(value)
        if compared is not None:
            return Phrase(f" (a comparison is written {{{compared}}})", f"（比较写作 {{{compared}}}）")
        return _length_hint(value, schema.get("properties", ())) or NOTHING
    if wanted == "array" and isinstance(value, dict):
        return Phrase(
            " (such as [one, another], or a line with - for each entry)", "（例如 [甲, 乙]，或每项一行并以 - 开头）"
        )
    if wanted == "string" and isinstance(value, int | Decimal | bool):
        text = plain(value)
        if re.search(schema.get("pattern", ""), text) and text in schema.get("enum", [text]):
            return Phrase(f' (in quotes: "{text}")', f'（加上引号："{text}"）')
    if wanted in ("integer", "number", "boolean") and isinstance(value, str):
        read = read_plain(value)
        fits: dict[str, type | tuple[type, ...]] = {"integer": int, "number": (int, Decimal), "boolean": bool}
        if isinstance(read, fits[wanted]) and isinstance(read, bool) == (wanted == "boolean"):
            return Phrase(f" (without quotes: {value})", f"（不加引号：{value}）")
    return NOTHING


class Expectations:
    """Says what a schema wants, in words; follows references within the root schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def resolve(self, schema: Any) -> Mapping[str, Any]:
        """The schema a reference leads to, or the schema itself; `true` and `false` give an empty one."""
        steps = 0
        while isinstance(schema, dict) and "$ref" in schema and "x-expected" not in schema and steps < 20:
            target: Any = self._root
            for step in schema["$ref"].partition("#")[2].split("/")[1:]:
                target = target[step.replace("~1", "/").replace("~0", "~")]
            schema = target
            steps += 1
        return schema if isinstance(schema, dict) else {}

    def of(self, schema: Any) -> Phrase | None:
        """What the schema wants, or None when it does not say."""
        resolved = self.resolve(schema)
        if "x-expected" in resolved:
            return Phrase(resolved["x-expected"]["en"], resolved["x-expected"]["zh"])
        if "const" in resolved:
            return choices([resolved["const"]])
        if "enum" in resolved:
            return choices(resolved["enum"])
        if resolved.get("format") == "date":
            return _DATE
        for keyword in ("anyOf", "oneOf"):
            parts = [self.of(branch) for branch in resolved.get(keyword, ())]
            known = [part for part in parts if part is not None]
            if known and len(known) == len(parts):
                return Phrase.either(known)
        if "type" in resolved:
            return types(resolved["type"])
        return None

    def keys(self, schema: Any) -> set[str]:
        """All keys a schema names, in any of its branches."""
        resolved = self.resolve(schema)
        names = {key for key, rule in resolved.get("properties", {}).items() if rule is not False}
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in resolved.get(keyword, ()):
                names |= self.keys(branch)
        for keyword in ("then", "else"):
            if keyword in resolved:
                names |= self.keys(resolved[keyword])
        return names


register(
    {
        "schema.unknown-key": ('unknown key "{key}"; {hint:en}', "未知的键“{key}”；{hint:zh}"),
        "schema.missing-key": (
            'the key "{key}" is missing; write it with {expected:en}',
            "缺少键“{key}”；请写上，其值为{expected:zh}",
        ),
        "schema.missing-one-of": (
            "a key is missing; write {keys:en}",
            "缺少一个键；请写{keys:zh}",
        ),
        "schema.only-one-of": (
            "the keys {keys:en} exclude each other; keep one of them",
            "键{keys:zh}互相排斥；请只保留一个",
        ),
        "schema.wrong-type": (
            "{found:en} does not fit here; write {wanted:en}{hint:en}",
            "此处不能是{found:zh}；请写{wanted:zh}{hint:zh}",
        ),
        "schema.not-one-of": (
            "{found:en} is not known here{hint:en}; write {allowed:en}",
            "此处不认识{found:zh}{hint:zh}；请写{allowed:zh}",
        ),
        "schema.pattern": (
            "{found:en} is not in the right form; write {expected:en}",
            "{found:zh}的格式不对；请写{expected:zh}",
        ),
        "schema.typographic-quotes": (
            '{found:en} has typographic quotes, which are part of the text; write straight ones: "{meant}"',
            '{found:zh}带有中文（弯）引号，会成为文本的一部分；请改用半角引号："{meant}"',
        ),
        "schema.too-short": (
            "too short, with {count:en}; write at least {limit}",
            "太短，只有 {count:zh}；请至少写 {limit} 个",
        ),
        "schema.too-long": (
            "too long, with {count:en}; write at most {limit}",
            "太长，有 {count:zh}；请至多写 {limit} 个",
        ),
        "schema.out-of-range": (
            "{found:en} is out of range; write {bounds:en}",
            "{found:zh}超出范围；请写{bounds:zh}",
        ),
        "schema.not-unique": (
            "{found:en} is in the list already; remove one of the two",
            "{found:zh}已在列表中；请删除其中一个",
        ),
        "schema.invalid": (
            "{found:en} does not fit here; write {expected:en}",
            "{found:zh}不适用于此处；请写{expected:zh}",
        ),
    }
)
