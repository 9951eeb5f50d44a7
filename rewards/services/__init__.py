"""The use cases: what the command line and the API do, each one call on a `Platform`."""
