"""What is stored decodes to what was stored, also by an older release."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from shared_utils.storage import keys
from shared_utils.storage.documents import DocumentUnreadable, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    price: Decimal
    at: datetime
    marks: tuple[int, ...] = ()
    version: int = 1


HOLDING = Holding(price=Decimal("0.10"), at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC), marks=(1, 2))


def test_a_document_comes_back_equal_with_every_decimal_place():
    back = decode(Holding, encode(HOLDING))

    assert back == HOLDING
    assert str(back.price) == "0.10"
    assert json.loads(encode(HOLDING))["price"] == "0.10"


def test_a_field_of_a_newer_release_is_ignored():
    document = json.loads(encode(HOLDING)) | {"invented_in_2031": {"deep": [1]}}

    assert decode(Holding, json.dumps(document)) == HOLDING


def test_a_field_that_an_older_release_did_not_write_takes_its_default():
    document = json.loads(encode(HOLDING))
    del document["marks"]

    assert decode(Holding, json.dumps(document)).marks == ()


def test_a_document_that_does_not_fit_names_its_type():
    with pytest.raises(DocumentUnreadable, match="Holding"):
        decode(Holding, '{"price": "much"}')


def test_shards_are_two_digits_stable_and_within_the_count():
    shards = {keys.sharded("ACTIVE", f"stg_{number}", 8) for number in range(500)}

    assert shards == {f"ACTIVE#{shard:02d}" for shard in range(8)}
    assert keys.sharded("OPEN", "usr", 8) == keys.sharded("OPEN", "usr", 8)


def test_time_keys_sort_as_time_whatever_the_zone_or_the_microseconds():
    india = timezone(timedelta(hours=5, minutes=30))
    times = [
        datetime(2026, 11, 23, 9, 30, tzinfo=india),
        datetime(2026, 11, 23, 4, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 23, 4, 0, 1, tzinfo=UTC),
    ]
    written = [keys.time_key(at) for at in times]

    assert written == sorted(written)
    assert written[0] == "2026-11-23T04:00:00.000000Z"
    assert [keys.time_of(key) for key in written] == times


def test_a_number_key_has_no_exponent():
    assert keys.number_key(Decimal("1E+3")) == "1000"
    assert keys.number_key(Decimal("-0.50")) == "-0.50"
