"""The sections of a rule file: for each what may stand there (a JSON Schema fragment), and how it is read."""
