"""Where the shipped rule files and schemas are, in a checkout as in an installation.

A checkout has `rules/` and `schemas/` beside the package, an installation has them inside it (`package_dir`
in setup.cfg).
"""

from __future__ import annotations

from pathlib import Path

from rewards.errors import NotFound
from rewards.messages import register


def rules_directory() -> Path:
    """The directory of the shipped plans (`NAME.yaml`, each with its `NAME.test.yaml`).

    Raises NotFound (`resources.missing`) when the installation is damaged.
    """
    return _shipped("rules")


def schemas_directory() -> Path:
    """The directory of the shipped JSON Schemas (`NAME.schema.json`).

    Raises NotFound (`resources.missing`) when the installation is damaged.
    """
    return _shipped("schemas")


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    # Inside first: what is beside an installed package belongs to somebody else.
    for directory in (package / name, package.parent / name):
        if directory.is_dir():
            return directory
    raise NotFound("resources.missing", name=name, package=str(package))


register(
    {
        "resources.missing": (
            "{package} was installed without its directory {name}; install rewards again",
            "{package} 安装不完整，缺少目录 {name}；请重新安装 rewards",
        ),
    }
)
