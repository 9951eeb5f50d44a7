"""Errors of planning runs whose text holds another: both are told in one language."""

from __future__ import annotations

from datetime import date

from rewards.errors import InvalidRequest, Refused
from rewards.messages import Message


class NotCompiled(InvalidRequest):
    """The compiled order loop was asked for and cannot run the plan; `reason` says why."""

    def __init__(self, plan: str, reason: Message) -> None:
        super().__init__("simulate.not-compiled", plan=plan, reason=reason)
        self.reason = reason

    def text(self, language: str = "en") -> str:
        """The message, its reason included, in `language`."""
        return Message(self.code, {**self.parameters, "reason": self.reason.render(language)}).render(language)


class CloseRefused(Refused):
    """A day of the run cannot be closed; `reason` is what the close said."""

    def __init__(self, day: date, reason: Refused) -> None:
        super().__init__("simulate.close-refused", day=day, reason=reason)
        self.reason = reason

    def text(self, language: str = "en") -> str:
        """The message, its reason included, in `language`."""
        return Message(self.code, {**self.parameters, "reason": self.reason.text(language)}).render(language)
