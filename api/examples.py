"""The examples of the documentation; a test holds each to its schema."""

from __future__ import annotations

from typing import Any

MEMBER: dict[str, Any] = {"id": "bert", "phone": "+8613800138001", "sponsor": "anna"}
ORDER: dict[str, Any] = {
    "id": "order-1",
    "member": "bert",
    "total": "3000.00",
    "paid_at": "2026-03-31T18:30:00+08:00",
    "lines": [{"sku": "tea-500", "category": "tea", "quantity": 2, "amount": "3000.00"}],
}
EVENT: dict[str, Any] = {
    "id": "event-1",
    "event": "stay",
    "member": "bert",
    "at": "2026-03-31T11:00:00+08:00",
    "fields": {"nights": 2, "spend": "640.00", "hotel": "west-lake", "suite": True},
}
TAG: dict[str, Any] = {"from": "2026-04-01", "through": "2026-12-31"}
PLACEMENT: dict[str, Any] = {"under": "anna", "leg": "left", "from": "2026-04-01"}
DECLARATION: dict[str, Any] = {"period": "2026", "value": "1.2%"}
CLOSE: dict[str, Any] = {"approve": ["monthly-budget"]}
REFUND: dict[str, Any] = {"id": "refund-1", "amount": "40.00"}
CLAIM: dict[str, Any] = {"id": "reward-order-1", "member": "bert", "count": 2}
CANCELLATION: dict[str, Any] = {"id": "cancellation-1"}
CODES: dict[str, Any] = {"codes": ["TEA-7F3K", "TEA-9Q2M"]}
REDEMPTION: dict[str, Any] = {
    "id": "redemption-1",
    "member": "bert",
    "plan": "appreciating-token",
    "asset": "token",
    "quantity": "10",
}
CONVERSION: dict[str, Any] = {
    "id": "conversion-1",
    "member": "bert",
    "plan": "appreciating-token",
    "from": "token",
    "to": "credit",
    "quantity": "10",
}
PAYMENT: dict[str, Any] = {
    "id": "payment-1",
    "member": "bert",
    "payee": "teahouse",
    "plan": "appreciating-token",
    "asset": "credit",
    "quantity": "8.50",
}
ADJUSTMENT: dict[str, Any] = {
    "id": "adjustment-1",
    "member": "bert",
    "plan": "appreciating-token",
    "asset": "credit",
    "quantity": "-1.50",
    "reason": "counted twice at the till",
}
SOURCE: dict[str, Any] = {
    "source": "plan: cashback\n"
    "title: {en: Cashback, zh: 返现}\n"
    "currency: CNY\n"
    "timezone: Asia/Shanghai\n"
    "assets:\n"
    "  points: {title: {en: Points, zh: 积分}, scale: 2}\n"
    "rules:\n"
    "  - id: back\n"
    "    on: order.paid\n"
    "    grant: {asset: points, to: buyer, amount: {rate: 1%, of: order.cash}}\n",
    "file": "cashback.yaml",
}
ACTIVATION: dict[str, Any] = {**SOURCE, "from_day": "2026-04-01"}
