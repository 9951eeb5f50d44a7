"""Plan files: reading them strictly, checking them, and compiling them into a `Plan`.

A plan file passes through three gates, and what is wrong is told as a diagnostic at `file:line:column`: the
reader (`rewards.plan.reader`, strict YAML), the schema (`rewards.plan.schema_check`, the shape), and then the
checks that need the meaning.
"""
