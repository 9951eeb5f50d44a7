"""Tests of the sponsor tree's arrays and of exact column arithmetic."""
