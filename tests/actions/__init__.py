"""What the kinds of effect do, and kinds that other packages add."""
