"""Fields of requests.

Each says what is wrong in the caller's language, and publishes the pattern it holds values to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import marshmallow
from marshmallow import fields

from rewards.messages import Message

from .problems import UnknownField

UNSIGNED = r"^[0-9]{1,30}(\.[0-9]{1,30})?$"
SIGNED = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"
IDENTIFIER = r"^[A-Za-z0-9._:-]{1,64}$"
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_LONGEST_SHOWN = 100


def fault(code: str, **parameters: object) -> marshmallow.ValidationError:
    """A validation error that carries a message of the catalogue."""
    # A list, because marshmallow joins the errors of one field as lists; its types know only texts.
    return marshmallow.ValidationError([Message(code, parameters)])


MISSING_OR_NULL: dict[str, Any] = {"required": [Message("http.required")], "null": [Message("http.null")]}
_OF_LISTS = {**MISSING_OR_NULL, "invalid": [Message("http.not-list")]}
_OF_OBJECTS: dict[str, Any] = {"unknown": UnknownField, "type": Message("http.not-object")}


class Text(fields.String):
    """A text of bounded length without control characters, and held to a pattern if one is given."""

    default_error_messages = MISSING_OR_NULL

    def __init__(
        self,
        *,
        least: int = 1,
        most: int = 200,
        pattern: str | None = _PRINTABLE,
        allowed: str = "a, 1, 汉 …",
        **options: Any,
    ) -> None:
        self.least, self.most, self.allowed = least, most, allowed
        self._pattern = re.compile(pattern) if pattern else None
        metadata = {"minLength": least, "maxLength": most, **options.pop("metadata", {})}
        if pattern:
            metadata["pattern"] = pattern
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return self.checked(value)

    def checked(self, value: object) -> str:
        """The text itself. Raises ValidationError."""
        if not isinstance(value, str):
            raise fault("http.not-text")
        if not self.least <= len(value) <= self.most:
            raise fault("http.text-length", least=self.least, most=self.most)
        if not _is_storable(value) or (self._pattern and not self._pattern.fullmatch(value)):
            raise fault("http.text-characters", allowed=self.allowed)
        return value


def _is_storable(value: str) -> bool:
    """Whether a text can be encoded: JSON may smuggle in half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


class Identifier(Text):
    """An id of the caller's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=64, pattern=IDENTIFIER, allowed="A-Z a-z 0-9 . _ : -", **options)


class DecimalText(fields.String):
    """An amount, a quantity or a price: a decimal number as a text.

    A JSON number is refused: it may have lost digits on its way.
    """

    default_error_messages = MISSING_OR_NULL

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        self._signed = signed
        self._pattern = re.compile(SIGNED if signed else UNSIGNED, re.ASCII)
        metadata = {
            "pattern": self._pattern.pattern,
            "maxLength": 62,
            "example": "12.50",
            **options.pop("metadata", {}),
        }
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise fault("http.number-as-text")
        if not isinstance(value, str):
            raise fault("http.not-text")
        if not self._pattern.fullmatch(value):
            if re.fullmatch(SIGNED, value, re.ASCII):
                raise fault("http.amount-negative")
            raise fault("amount.malformed", text=value[:_LONGEST_SHOWN])
        return value


class Whole(fields.Integer):
    """A whole number in a range; in a query as digits, in a body as a JSON number without a fraction."""

    default_error_messages = MISSING_OR_NULL

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        self.least, self.most = least, most
        metadata = {"minimum": least, "maximum": most, **options.pop("metadata", {})}
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        # A text only comes from a query: the body's JSON has numbers.
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise fault("http.not-whole", least=self.least, most=self.most)
        return value


class Flag(fields.Boolean):
    """true or false, and no other writing of them."""

    default_error_messages = MISSING_OR_NULL

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise fault("http.not-flag")
        return value


class Day(fields.Date):
    """A day, year-month-day."""

    default_error_messages = MISSING_OR_NULL

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str):
            raise fault("http.not-text")
        return parse_day(value)


def parse_day(text: str) -> date:
    """A day written as year-month-day. Raises ValidationError (`http.bad-day`)."""
    if _DAY.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise fault("http.bad-day", text=text) from None
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
    raise fault("http.bad-day", text=text[:_LONGEST_SHOWN])


class Moment(fields.DateTime):
    """A moment with its offset from UTC; without one it would mean another moment in each time zone."""

    default_error_messages = MISSING_OR_NULL

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise fault("http.not-text")
        try:
            moment = datetime.fromisoformat(value.upper()) if _MOMENT.fullmatch(value) else None
        except ValueError:
            moment = None
        if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise fault("http.bad-moment", text=value[:_LONGEST_SHOWN])
        if moment.tzinfo is None:
            raise fault("http.no-offset", text=value)
        return moment


class TextMap(fields.Field[Mapping[str, str]]):
    """A JSON object whose values are texts: free attributes."""

    MOST = 50
    default_error_messages = MISSING_OR_NULL

    def __init__(self, **options: Any) -> None:
        self._key = Text(most=64)
        self._value = Text(least=0, most=200)
        metadata = {
            "type": "object",
            "maxProperties": self.MOST,
            "propertyNames": {"minLength": 1, "maxLength": 64, "pattern": _PRINTABLE},
            "additionalProperties": {"type": "string", "maxLength": 200, "pattern": _PRINTABLE},
        }
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise fault("http.not-object")
        if len(value) > self.MOST:
            raise fault("http.too-many-entries", limit=self.MOST)
        errors: dict[str, Any] = {}
        for key, text in value.items():
            try:
                self._key.checked(key)
                self._value.checked(text)
            except marshmallow.ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise marshmallow.ValidationError(errors)
        return value


class Values(fields.Field[Mapping[str, str | int | bool]]):
    """A JSON object of what an event says: texts (amounts too), whole numbers, true and false."""

    MOST = 50
    default_error_messages = MISSING_OR_NULL

    def __init__(self, **options: Any) -> None:
        self._key = Text(most=64)
        self._text = Text(least=0, most=200)
        metadata = {
            "type": "object",
            "maxProperties": self.MOST,
            "propertyNames": {"minLength": 1, "maxLength": 64, "pattern": _PRINTABLE},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 200, "pattern": _PRINTABLE},
                    {"type": "integer", "minimum": 0},
                    {"type": "boolean"},
                ]
            },
            **options.pop("metadata", {}),
        }
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str | int | bool]:
        if not isinstance(value, dict):
            raise fault("http.not-object")
        if len(value) > self.MOST:
            raise fault("http.too-many-entries", limit=self.MOST)
        errors: dict[str, Any] = {}
        for key, each in value.items():
            try:
                self._key.checked(key)
                if isinstance(each, str):
                    self._text.checked(each)
                elif not isinstance(each, int):  # true and false are integers, too
                    raise fault("http.not-simple")
            except marshmallow.ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise marshmallow.ValidationError(errors)
        return value


class Names(fields.List[Any]):
    """A list of names of bounded length."""

    default_error_messages = _OF_LISTS

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(Text(most=64), metadata={"maxItems": most, **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise fault("http.too-many-entries", limit=self.most)
        return super()._deserialize(value, attr, data, **kwargs)


class Objects(fields.List[Any]):
    """A list of JSON objects of one schema, of bounded length."""

    default_error_messages = _OF_LISTS

    def __init__(self, schema: type[marshmallow.Schema], *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(fields.Nested(schema), metadata={"maxItems": most}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise fault("http.too-many-entries", limit=self.most)
        return super()._deserialize(value, attr, data, **kwargs)


class RequestSchema(marshmallow.Schema):
    """What is sent to the platform: unknown names are refused.

    The result is an object of the class `makes`, if there is one, else a dict.
    """

    class Meta:
        """Nothing beyond what is described."""

        unknown = marshmallow.RAISE

    makes: type[Any] | None = None
    error_messages = _OF_OBJECTS

    @marshmallow.post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        if self.makes is None:
            return data
        frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return self.makes(**frozen)
