"""What every blueprint of the interface has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest

from .bodies import Parser

PREFIX = "/v1"

View = TypeVar("View", bound=Callable[..., Any])


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A subject of the interface, below /v1, that reads bodies strictly; its decorators have types."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=description)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view; goes above everything else."""
        decorator: Callable[[View], View] = super().route(rule, **options)
        return decorator

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """Read the body, or with `location="query"` the parameters, and give it to the view."""
        decorator: Callable[[View], View] = super().arguments(schema, **options)
        return decorator

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """Render the view's result by a schema."""
        decorator: Callable[[View], View] = super().response(status_code, schema, **options)
        return decorator

    def repeated(self, schema: Any) -> Callable[[View], View]:
        """Document that a repeated request is answered with 200 and changes nothing."""
        description = "On record already with these very contents; nothing has changed"
        decorator: Callable[[View], View] = self.alt_response(200, schema=schema, description=description, success=True)
        return decorator

    def body(self, content: dict[str, Any], description: str = "", *, required: bool = True) -> Callable[[View], View]:
        """Document a body the view reads itself: schemas and examples by content type."""
        documented = {"required": required, "content": content, "description": description}
        decorator: Callable[[View], View] = self.doc(requestBody=documented)
        return decorator
