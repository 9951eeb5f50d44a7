"""Crashes: processes that are killed, disks that are full, databases that go away (promises 6, 7 and 8).

`docs/crashes.md` says how it is tested and how a failure is reproduced.
"""
