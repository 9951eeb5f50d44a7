"""Which of the platform's languages a request asks for (Accept-Language)."""

from __future__ import annotations

from flask import Response, request

from rewards.messages import LANGUAGES


def language() -> str:
    """The language of this request's texts: `zh` when it is preferred, else `en`."""
    # Not best_match: for "en-GB, zh;q=0.2" it would rather take zh, which matches exactly, than en for en-GB.
    for tag, quality in request.accept_languages:
        primary = tag.partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def name_language(response: Response) -> Response:
    """Say in which language a response is, and that another may be asked for."""
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response
