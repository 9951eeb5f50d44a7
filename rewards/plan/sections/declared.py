"""What all sections of named declarations share: their names, and which of them are in doubt."""

from __future__ import annotations

from typing import Any

from rewards.plan.diagnostics import Path
from rewards.plan.scope import Scope


def names_of(scope: Scope, kind: str) -> list[str]:
    """The names declared in a section; a section that cannot be followed leaves the names of its kind unknown."""
    path: Path = (f"{kind}s",)
    section = scope.at(path)
    if scope.report.has_error_at(path) or (section is None and _has_unknown_section(scope)):
        scope.illegible.add(kind)
    return list(section) if isinstance(section, dict) else []


def _has_unknown_section(scope: Scope) -> bool:
    """Whether some key of the file is unknown: it may be the mistyped name of a section that seems to be missing."""
    return any(scope.report.has_error_at((key,)) for key in scope.document.value)


def doubt(scope: Scope, kind: str, name: str) -> bool:
    """Whether the schema complains of a declaration, which is then in doubt."""
    doubtful = scope.report.has_error_within((f"{kind}s", name))
    if doubtful:
        scope.in_doubt.add((kind, name))
    return doubtful


def title_at(scope: Scope, path: Path) -> Any:
    """The title as written of the declaration at a path, if it has one."""
    value = scope.at(path)
    return value.get("title") if isinstance(value, dict) else None
