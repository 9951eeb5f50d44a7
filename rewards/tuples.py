"""Named tuples that every order makes several of."""

from __future__ import annotations

new_tuple = tuple.__new__
"""`new_tuple(Kind, (values, …))` makes a `Kind`, a named tuple, of all its values in a third of the time of a call.

The call takes keywords and defaults; here there are none, and nobody counts the values.
"""
