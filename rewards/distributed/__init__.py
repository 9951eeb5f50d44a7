"""Closing a day in parts, on the workers of a cluster; what it needs is in the extra `dask`.

Members are divided by whole branches of the sponsor tree. Each part runs the very close that one process would run on
everybody; what goes up the tree from one part to another goes as stubs, and sums over everybody are asked of all parts.
"""
