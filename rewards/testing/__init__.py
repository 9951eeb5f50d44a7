"""Plan tests: YAML files beside the plans in which operators write what they expect of them.

    results = run_paths([Path("rules")])
    print(render(results, "zh"))

See `rewards.testing.format` for what such a file looks like.
"""

from rewards.testing.report import as_json, render, summary
from rewards.testing.run import CaseResult, FileResult, run_file, run_paths
from rewards.testing.schema import test_schema

__all__ = ["CaseResult", "FileResult", "as_json", "render", "run_file", "run_paths", "summary", "test_schema"]
