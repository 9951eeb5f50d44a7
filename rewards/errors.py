"""The errors a caller can be told about: a catalogue code, what fills it, and where in the request it lies."""

from __future__ import annotations

from rewards.messages import Message


class RewardsError(Exception):
    """Base of all errors meant for the caller.

    `code` is a key of the message catalogue, `parameters` fill its text; `pointer` is the JSON pointer of the request's
    field at fault, or None when the request as a whole is.
    """

    def __init__(self, code: str, *, pointer: str | None = None, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.parameters = parameters

    def text(self, language: str = "en") -> str:
        """The message in `language` (`en` or `zh`)."""
        return Message(self.code, self.parameters).render(language)

    def __str__(self) -> str:
        return self.text()


class InvalidRequest(RewardsError):
    """The request itself is malformed or names impossible values."""


class NotFound(RewardsError):
    """The request names something that does not exist."""


class Conflict(RewardsError):
    """The request contradicts what is already on record."""


class Refused(RewardsError):
    """The request is well formed, but the rules or the balances do not allow it."""
