"""A stored master is read back whole, on its own day, or not at all."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import Unavailable, VersionMoved
from shared_utils.domain.instruments import EXCHANGE_OF, Contract, Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    InstrumentMaster,
    contract_key,
    instrument_master,
)
from shared_utils.storage import instrument_masters
from shared_utils.storage.instrument_masters import InstrumentMasters
from tests.factories import NOW, a_contract
from tests.fake_dynamo import tables
from tests.fake_dynamo.client import FakeDynamo
from tests.unit.storage.samples import later

DAY = date(2026, 11, 25)
ITEM_LIMIT = 400 * 1024
TABLE = tables.table_name("market-data-cache")


def an_instrument(strike: int, option_type: OptionType = OptionType.CE) -> Instrument:
    contract = a_contract(strike, option_type)
    return Instrument(contract=contract, symbol=contract.symbol, token=f"{strike}{option_type}")


def a_master(day: date = DAY, *, strikes: int = 3, broker=BrokerName.ZERODHA) -> InstrumentMaster:
    rows = [an_instrument(26000 + 50 * number) for number in range(strikes)]
    return instrument_master(broker, day, rows)


@cache
def a_long_master() -> InstrumentMaster:
    """Rows whose tokens do not pack: several parts."""
    rows = [
        replace(an_instrument(strike), token=sha256(b"%d" % strike).hexdigest())
        for strike in range(5_000, 305_000, 50)
    ]
    return instrument_master(BrokerName.ZERODHA, DAY, rows)


def keep(masters: InstrumentMasters, master: InstrumentMaster, ends_s: float = 3600) -> None:
    masters.keep(master, Exchange.NSE, expires_at=later(ends_s))


def read(masters: InstrumentMasters, *, day: date = DAY, after_s: float = 0, **changes):
    asked = {"broker": BrokerName.ZERODHA, "exchange": Exchange.NSE, **changes}
    return masters.read(
        asked["broker"], asked["exchange"], trading_day=day, wall_now=later(after_s)
    )


@st.composite
def masters_of_a_day(draw) -> InstrumentMaster:
    underlying = draw(st.sampled_from(Underlying))
    prices = st.decimals(Decimal("0.05"), Decimal(200_000), places=2, allow_nan=False)
    names = st.text(st.characters(codec="utf-8"), min_size=1)
    rows = {}
    for number in range(draw(st.integers(1, 12))):
        contract = Contract(
            underlying=underlying,
            exchange=EXCHANGE_OF[underlying],
            expiry=DAY + timedelta(days=draw(st.integers(0, 2000))),
            strike=draw(prices),
            option_type=draw(st.sampled_from(OptionType)),
            lot_size=draw(st.integers(1, 10_000)),
            tick_size=draw(prices),
            symbol=f"{draw(names)}{number}",
        )
        symbol = draw(st.sampled_from([contract.symbol, f"OWN{number}"]))
        freeze = draw(st.none() | st.integers(1, 100_000))
        rows[contract_key(contract)] = Instrument(
            contract=contract, symbol=symbol, token=draw(names), freeze_quantity=freeze
        )
    by_symbol = {row.symbol: row for row in rows.values()}
    return instrument_master(draw(st.sampled_from(BrokerName)), DAY, by_symbol.values())


@settings(max_examples=60, deadline=None)
@given(masters_of_a_day())
def test_whatever_a_broker_lists_comes_back_as_it_was(master: InstrumentMaster):
    stored = InstrumentMasters(FakeDynamo(tables.schemas()), TABLE)
    exchange = next(iter(master.by_key))[0]

    stored.keep(master, exchange, expires_at=later(60))

    assert stored.read(master.broker, exchange, trading_day=DAY, wall_now=NOW) == master


def test_a_master_is_found_by_whoever_asks_for_its_broker_and_exchange(store):
    keep(store.masters, a_master())

    assert read(store.masters) == a_master()
    assert read(store.masters, broker=BrokerName.ANGEL_ONE) is None
    assert read(store.masters, exchange=Exchange.BSE) is None


def test_the_longest_master_is_cut_into_items_far_below_their_limit(store):
    master = a_long_master()
    keep(store.masters, master)

    assert read(store.masters) == master
    if isinstance(store.client, FakeDynamo):
        items = store.client.rows(store.table("market-data-cache"))
        assert len(items) > 3
        assert max(len(str(item)) for item in items) < ITEM_LIMIT / 2


@pytest.mark.parametrize("stored_day", [DAY - timedelta(days=1), DAY + timedelta(days=1)])
def test_a_master_of_another_day_is_refused_and_named(store, stored_day):
    keep(store.masters, a_master(stored_day))

    with pytest.raises(Unavailable, match=f"is of {stored_day.isoformat()}") as refused:
        read(store.masters)
    assert refused.value.code == "INSTRUMENT_MASTER_STALE"


def test_the_days_master_takes_yesterdays_place(store):
    keep(store.masters, a_master(DAY - timedelta(days=1), strikes=5))
    keep(store.masters, a_master())

    assert read(store.masters) == a_master()


def test_a_master_that_has_expired_is_none_although_it_still_stands_there(store):
    keep(store.masters, a_master(), ends_s=60)

    assert read(store.masters, after_s=59) is not None
    assert read(store.masters, after_s=60) is None


@pytest.mark.parametrize("lost", [0, 1, -1])
def test_a_master_without_one_of_its_parts_is_refused(faulty, dynamo, lost):
    keep(faulty.masters, a_long_master())
    parts = [each for each in dynamo.rows(TABLE) if each["data_timestamp"]["S"] != "HEADING"]
    key = {name: parts[lost][name] for name in ("underlying_symbol", "data_timestamp")}
    dynamo.delete_item(TableName=TABLE, Key=key)

    with pytest.raises(Unavailable, match="not whole") as refused:
        read(faulty.masters)
    assert refused.value.code == "INSTRUMENT_MASTER_INCOMPLETE"


@pytest.mark.parametrize("damage", ['"AAAA"', '"not base64!"', "{}", '""'])
def test_a_damaged_part_is_refused(faulty, dynamo, damage):
    keep(faulty.masters, a_master())
    [part] = [each for each in dynamo.rows(TABLE) if each["data_timestamp"]["S"] != "HEADING"]
    dynamo.put_item(TableName=TABLE, Item=part | {"doc": {"S": damage}})

    with pytest.raises(Unavailable) as refused:
        read(faulty.masters)
    assert refused.value.code == "INSTRUMENT_MASTER_INCOMPLETE"


def test_parts_of_another_master_under_this_ones_name_are_refused(faulty, dynamo):
    keep(faulty.masters, a_master(strikes=5))
    [other] = [each for each in dynamo.rows(TABLE) if each["data_timestamp"]["S"] != "HEADING"]
    keep(faulty.masters, a_master())
    [mine] = [
        each
        for each in dynamo.rows(TABLE)
        if each["doc"] != other["doc"] and "#" in each["data_timestamp"]["S"]
    ]
    dynamo.put_item(TableName=TABLE, Item=mine | {"doc": other["doc"]})

    with pytest.raises(Unavailable) as refused:
        read(faulty.masters)
    assert refused.value.code == "INSTRUMENT_MASTER_INCOMPLETE"


def test_a_loader_that_dies_between_any_two_writes_leaves_the_master_before_it(faulty, dynamo):
    before = a_master(strikes=5)
    keep(faulty.masters, before)

    for write in (1, 2, 3, 4):
        left = iter(range(1, write + 1))

        def dies(call, left=left, last=write) -> None:
            if call.writes and next(left) == last:
                raise RuntimeError("the process is gone")

        dynamo.before = dies
        with pytest.raises(RuntimeError):
            keep(faulty.masters, a_long_master())
        dynamo.before = None
        assert read(faulty.masters) == before


def test_of_two_loaders_side_by_side_the_first_is_stored_whole_and_the_other_is_told(
    faulty, dynamo
):
    first, second = a_master(strikes=4), a_long_master()

    def another_comes_first(call) -> None:
        if call.writes and call.request["Item"]["data_timestamp"]["S"] == "HEADING":
            dynamo.before = None
            keep(faulty.masters, first)

    dynamo.before = another_comes_first
    with pytest.raises(VersionMoved):
        keep(faulty.masters, second)

    assert read(faulty.masters) == first


def test_a_reader_in_the_middle_of_a_reload_still_gets_the_whole_it_began_with(faulty, dynamo):
    first = a_master(strikes=4)
    keep(faulty.masters, first)

    def reloaded(call) -> None:
        if call.operation == "query":
            dynamo.before = None
            keep(faulty.masters, a_long_master())

    dynamo.before = reloaded

    assert read(faulty.masters) == first


def test_parts_are_read_as_they_are_now(faulty, dynamo):
    dynamo.hold_indexes()
    keep(faulty.masters, a_master())

    assert read(faulty.masters) == a_master()


def test_a_part_leaves_room_for_its_keys_and_version():
    assert instrument_masters.PART_LENGTH <= ITEM_LIMIT / 3
