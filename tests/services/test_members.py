"""Members: one phone, one account; a sponsor joins before those they sponsor."""

from __future__ import annotations

import pytest

from rewards.errors import Conflict, InvalidRequest, NotFound
from rewards.services import keys, members
from rewards.services.requests import MemberRequest

from .shop import Shop, refused

PHONE = "+8613800138000"


@pytest.mark.parametrize(
    "written", ["138 0013 8000", "+86 138-0013-8000", "0086 13800138000", "13800138000", PHONE, "(+86)13800138000"]
)
def test_a_phone_is_the_same_however_it_is_written(written: str) -> None:
    assert members.normal_phone(written) == PHONE


def test_a_number_of_another_country_is_written_with_its_code() -> None:
    assert members.normal_phone("+1 (650) 253-0000") == "+16502530000"


@pytest.mark.parametrize("written", ["", "phone", "12345", "+86 138", "138001380001", "+999 12345678"])
def test_what_is_no_phone_is_refused(written: str) -> None:
    assert refused(lambda: members.normal_phone(written), InvalidRequest) == ("member.bad-phone", "/phone")


def test_a_member_joins_once_and_is_found(shop: Shop) -> None:
    shop.join("ann")
    wanted = MemberRequest("ben", "138 0013 8000", "ann", merchant=True)
    added, repeated = members.add_member(shop.platform, wanted)
    assert not repeated
    assert (added.id, added.phone, added.sponsor, added.merchant) == ("ben", PHONE, "ann", True)
    assert (added.joined_at, added.levels) == (shop.now, [])
    same = MemberRequest("ben", PHONE, "ann", merchant=True)
    assert members.add_member(shop.platform, same) == (added, True)
    assert members.member(shop.platform, "ben") == added
    assert refused(lambda: members.member(shop.platform, "carl"), NotFound) == ("member.unknown", None)


@pytest.mark.parametrize(
    "other",
    [
        MemberRequest("ben", "138 0013 8001", "ann"),
        MemberRequest("ben", PHONE),
        MemberRequest("ben", PHONE, "ann", merchant=True),
        MemberRequest("ben", None, "ann"),
    ],
)
def test_an_id_with_other_data_is_a_conflict(small_shop: Shop, other: MemberRequest) -> None:
    small_shop.join("ann")
    members.add_member(small_shop.platform, MemberRequest("ben", PHONE, "ann"))
    assert refused(lambda: members.add_member(small_shop.platform, other), Conflict) == ("event.conflict", "/id")


def test_one_phone_one_account(shop: Shop) -> None:
    members.add_member(shop.platform, MemberRequest("ann", "13800138000"))
    taken = MemberRequest("ben", "+86 138 0013 8000")
    assert refused(lambda: members.add_member(shop.platform, taken), Conflict) == ("ledger.phone-taken", "/phone")
    twice = [MemberRequest("ben", "13800138001"), MemberRequest("cleo", "+8613800138001")]
    assert refused(lambda: members.add_members(shop.platform, twice), Conflict) == ("ledger.phone-taken", "/phone")
    assert [each.id for each in members.list_members(shop.platform, None, 10).items] == ["ann"]
    assert members.add_members(shop.platform, [MemberRequest("ben"), MemberRequest("cleo")]) == [False, False]


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        (MemberRequest("ben", sponsor="ann"), "member.sponsor-unknown", "/sponsor"),
        (MemberRequest("ben", sponsor="ben"), "member.sponsor-unknown", "/sponsor"),
        (MemberRequest("ben ben"), "member.bad-id", "/id"),
        (MemberRequest("本"), "member.bad-id", "/id"),
        (MemberRequest("ben", "12"), "member.bad-phone", "/phone"),
    ],
)
def test_a_wrong_member_is_refused_and_with_them_the_whole_list(
    small_shop: Shop, wrong: MemberRequest, code: str, pointer: str
) -> None:
    wanted = [MemberRequest("zoe"), wrong]
    assert refused(lambda: members.add_members(small_shop.platform, wanted), InvalidRequest) == (code, pointer)
    assert members.list_members(small_shop.platform, None, 10).items == []


def test_many_join_at_once_with_their_sponsors_in_the_same_list(shop: Shop) -> None:
    shop.join("m0")
    wanted = [MemberRequest(f"m{n}", sponsor=f"m{n // 3}" if n else None) for n in range(40)]
    assert members.add_members(shop.platform, [*wanted, wanted[5]]) == [True] + [False] * 39 + [True]
    assert members.add_members(shop.platform, []) == []
    assert members.member(shop.platform, "m39").sponsor == "m13"
    first = members.list_members(shop.platform, None, 25)
    second = members.list_members(shop.platform, first.next, 25)
    assert [each.id for page in (first, second) for each in page.items] == [f"m{n}" for n in range(40)]
    assert (first.next, second.next) == ("m24", None)
    assert refused(lambda: members.list_members(shop.platform, "nobody", 25), NotFound)[0] == "member.unknown"
    for limit in (0, 201):
        assert refused(lambda limit=limit: members.list_members(shop.platform, None, limit), InvalidRequest) == (  # type: ignore[misc]
            "page.bad-limit",
            "/limit",
        )


# --- keys ---------------------------------------------------------------------------------------------------


def test_a_key_says_who_calls(shop: Shop) -> None:
    shop.join("ann")
    secrets = {role: keys.create_key(shop.platform, role, f"for the {role}") for role in keys.ROLES[:3]}
    secrets["member"] = keys.create_key(shop.platform, "member", "ann's own", "ann")
    assert len(set(secrets.values())) == 4
    for role, secret in secrets.items():
        caller = keys.authenticate(shop.platform, secret)
        assert caller is not None
        assert (caller.role, caller.member) == (role, "ann" if role == "member" else None)
        assert keys.authenticate(shop.platform, secret + "x") is None
    assert keys.authenticate(shop.platform, "") is None
    with shop.platform.ledger.read() as tx:
        stored = str(tx.exec_driver_sql("SELECT * FROM api_key").all())
    assert not any(secret in stored for secret in secrets.values())


@pytest.mark.parametrize(
    ("role", "member", "error", "code"),
    [
        ("owner", None, InvalidRequest, "key.bad-role"),
        ("member", None, InvalidRequest, "key.member-needed"),
        ("client", "ann", InvalidRequest, "key.member-excess"),
        ("member", "ann", NotFound, "member.unknown"),
    ],
)
def test_a_key_needs_a_role_and_a_members_key_the_member(
    small_shop: Shop, role: str, member: str | None, error: type[InvalidRequest], code: str
) -> None:
    assert refused(lambda: keys.create_key(small_shop.platform, role, "label", member), error)[0] == code
