"""One process asks the broker for the day's master; all others read what it stored."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared_utils.daily_masters import DailyMasters, MasterOfTheDay
from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable, MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Exchange
from shared_utils.indian_market_utils.sessions import ist_date
from shared_utils.indian_market_utils.symbols import InstrumentMaster
from shared_utils.market_data.broker_quotes import BrokerQuotes
from shared_utils.storage.instrument_masters import InstrumentMasters
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.fake_dynamo import faults
from tests.fake_dynamo.client import FakeDynamo
from tests.fake_dynamo.tables import schemas, table_name
from tests.unit.market_data.markets import CountedProvider, a_master, contracts

TABLE = table_name("market-data-cache")


class Session(CountedProvider):
    """A broker's session; `name` is what its masters are kept under."""

    name = BrokerName.ZERODHA

    def __init__(self, clock: TurnedClock) -> None:
        super().__init__(clock.now())
        self.clock = clock
        self.strikes = 40

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        self.listed = a_master(contracts(25000, 25000 + 50 * self.strikes), self._day())
        return super().instruments(exchange)

    def _day(self):
        return ist_date(self.clock.now())


@dataclass
class Cloud:
    """One table and one market clock; every `process` knows only what the table tells it."""

    dynamo: FakeDynamo = field(default_factory=lambda: FakeDynamo(schemas()))
    clock: TurnedClock = field(default_factory=TurnedClock)
    wall: TurnedClock = field(default_factory=TurnedClock)

    def process(self) -> tuple[DailyMasters, Session]:
        stored = InstrumentMasters(self.dynamo, TABLE)
        masters = DailyMasters(stored=stored, clock=self.clock, wall_now=self.wall.now)
        return masters, Session(self.clock)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def of_today(process: tuple[DailyMasters, Session]) -> InstrumentMaster:
    masters, session = process
    return MasterOfTheDay(session, masters).instruments(Exchange.NSE)


def test_the_first_process_asks_the_broker_and_the_others_read(cloud: Cloud):
    first, second = cloud.process(), cloud.process()

    assert of_today(first) == of_today(second) == of_today(first)
    assert (first[1].masters, second[1].masters) == (1, 0)


def test_a_process_reads_the_table_once_a_day(cloud: Cloud):
    of_today(cloud.process())
    process = cloud.process()
    of_today(process)
    cloud.dynamo.before = _raise(faults.throttled())

    of_today(process)

    assert process[1].masters == 0


def test_the_next_day_is_loaded_anew_by_one_process(cloud: Cloud):
    processes = cloud.process(), cloud.process()
    for each in processes:
        of_today(each)
    cloud.clock.advance(24 * 3600)

    found = [of_today(each) for each in processes]

    assert {each.trading_day for each in found} == {ist_date(cloud.clock.now())}
    assert [session.masters for _, session in processes] == [2, 0]


def test_yesterdays_master_is_not_used_when_the_broker_does_not_answer(cloud: Cloud):
    of_today(cloud.process())
    cloud.clock.advance(24 * 3600)
    process = cloud.process()
    process[1].fails = True

    with pytest.raises(BrokerUnavailable):
        of_today(process)
    source = BrokerQuotes(MasterOfTheDay(process[1], process[0]), cloud.clock)
    with pytest.raises(MarketDataUnavailable):
        source.master(Exchange.NSE)


def test_todays_stored_master_serves_while_the_broker_does_not_answer(cloud: Cloud):
    of_today(cloud.process())
    process = cloud.process()
    process[1].fails = True

    assert of_today(process).trading_day == ist_date(cloud.clock.now())


def test_a_broker_that_gives_another_days_master_is_refused(cloud: Cloud):
    masters, _ = cloud.process()
    yesterday = a_master(day=ist_date(cloud.clock.now()) - timedelta(days=1))

    with pytest.raises(Unavailable) as refused:
        masters.of(BrokerName.ZERODHA, Exchange.NSE, lambda _: yesterday)
    assert refused.value.code == "INSTRUMENT_MASTER_STALE"
    assert cloud.dynamo.rows(TABLE) == []


def test_a_stored_master_that_lacks_a_part_is_loaded_again_and_made_whole(cloud: Cloud):
    of_today(cloud.process())
    part = next(
        item for item in cloud.dynamo.rows(TABLE) if item["data_timestamp"]["S"] != "HEADING"
    )
    key = {name: part[name] for name in ("underlying_symbol", "data_timestamp")}
    cloud.dynamo.delete_item(TableName=TABLE, Key=key)
    second, third = cloud.process(), cloud.process()

    of_today(second)
    of_today(third)

    assert (second[1].masters, third[1].masters) == (1, 0)


def test_a_heading_that_cannot_be_read_is_loaded_over(cloud: Cloud):
    of_today(cloud.process())
    heading = cloud.dynamo.rows(TABLE)[-1]
    assert heading["data_timestamp"]["S"] == "HEADING"
    cloud.dynamo.put_item(TableName=TABLE, Item=heading | {"doc": {"S": "{}"}})
    second, third = cloud.process(), cloud.process()

    assert of_today(second) == of_today(third)
    assert (second[1].masters, third[1].masters) == (1, 0)


def test_a_table_that_does_not_answer_costs_a_call_to_the_broker_not_the_master(cloud: Cloud):
    cloud.dynamo.before = _raise(faults.throttled())
    process = cloud.process()

    assert of_today(process) == of_today(process)
    assert process[1].masters == 1


def test_who_was_beaten_to_it_uses_what_was_stored_first(cloud: Cloud):
    first, second = cloud.process(), cloud.process()
    second[1].strikes = 10

    def first_is_first(call) -> None:
        if call.writes and call.request["Item"]["data_timestamp"]["S"] == "HEADING":
            cloud.dynamo.before = None
            of_today(first)

    cloud.dynamo.before = first_is_first

    assert of_today(second) == of_today(first) == of_today(cloud.process())
    assert len(of_today(second).by_key) == 2 * 41


def test_what_is_read_before_the_days_master_is_published_is_not_kept_for_the_day(cloud: Cloud):
    process = cloud.process()
    cloud.clock.turn(MONDAY_0900_IST - timedelta(minutes=31))
    process[1].strikes = 10
    assert len(of_today(process).by_key) == 2 * 11
    assert cloud.dynamo.rows(TABLE) == []
    process[1].strikes = 40
    cloud.clock.turn(MONDAY_0900_IST - timedelta(minutes=30))

    assert len(of_today(process).by_key) == 2 * 41
    assert of_today(cloud.process()) == of_today(process)


def test_what_is_stored_runs_out_by_the_wall_clock_although_the_row_still_stands(cloud: Cloud):
    of_today(cloud.process())
    cloud.wall.advance(24 * 3600)
    process = cloud.process()

    of_today(process)

    assert process[1].masters == 1


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
