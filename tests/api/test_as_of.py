"""What a member had at the close of a past business day."""

from __future__ import annotations

from .shop import Caller, order


def test_past_balances_are_told_from_history(client: Caller, anna: Caller) -> None:
    path = "/v1/members/anna/balances"
    client.post("/v1/orders", order("order-1", "anna", "3000") | {"paid_at": "2026-04-02T12:00:00+08:00"})
    now = anna.get(path)["items"]

    def locked(day: str) -> str:
        return next(each["locked"] for each in anna.get(path, as_of=day)["items"] if each["asset"] == "points")

    assert locked("2026-04-01") == "0.00"
    assert locked("2026-04-02") == "7500.00"  # 3,000 × 2.5
    assert anna.get(path, as_of="2026-04-10")["items"] == now
    assert anna.get(path, as_of="2026-03-31")["items"] == []
    ahead = anna.refused(422, "GET", path, query_string={"as_of": "2026-04-11"})
    assert "2026-04-10" in ahead["detail"] + str(ahead.get("errors"))
    anna.refused(422, "GET", path, query_string={"as_of": "yesterday"})
