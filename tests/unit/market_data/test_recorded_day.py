"""A recorded day plays at the clock's pace and never looks ahead."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.market_data.recorded_day import Moment, RecordedQuote, read_day, write_day
from tests.clocks import MONDAY_0900_IST, TurnedClock
from tests.unit.market_data.markets import EXPIRY, contracts

START = MONDAY_0900_IST


def a_moment(after_s: int, spot: str, **quotes: str) -> Moment:
    prices = {"NIFTY": spot, **quotes}
    return Moment(
        at=START + timedelta(seconds=after_s),
        quotes={symbol: RecordedQuote(last=Decimal(price)) for symbol, price in prices.items()},
    )


def a_recording(clock: TurnedClock):
    file = io.BytesIO()
    listed = contracts(26000, 26100)
    symbol = listed[0].symbol
    moments = [
        a_moment(10, "26000.00", **{symbol: "100.00"}),
        a_moment(20, "26010.00", **{symbol: "100.00"}),
        a_moment(30, "26020.00", **{symbol: "105.00"}),
    ]
    write_day(file, START.date(), listed, moments)
    file.seek(0)
    return read_day(file, clock), symbol


def test_before_the_first_moment_nothing_is_known():
    day, symbol = a_recording(TurnedClock())

    assert day.quotes([symbol]) == {}
    with pytest.raises(MarketDataUnavailable):
        day.spot(Underlying.NIFTY)


def test_a_quote_is_the_last_that_was_recorded_and_no_later():
    clock = TurnedClock()
    day, symbol = a_recording(clock)
    clock.advance(29)

    assert day.spot(Underlying.NIFTY).last_price == Decimal("26010.00")
    assert day.quotes([symbol])[symbol].last_price == Decimal("100.00")


def test_a_quote_repeated_unchanged_is_fresh_again():
    clock = TurnedClock()
    day, symbol = a_recording(clock)
    clock.advance(20)

    assert day.quotes([symbol])[symbol].at == START + timedelta(seconds=20)


def test_a_clock_turned_back_plays_the_day_again():
    clock = TurnedClock()
    day, symbol = a_recording(clock)
    clock.advance(30)
    assert day.quotes([symbol])[symbol].last_price == Decimal("105.00")

    clock.turn(START + timedelta(seconds=10))
    assert day.quotes([symbol])[symbol].last_price == Decimal("100.00")


def test_a_chain_holds_what_is_quoted():
    clock = TurnedClock()
    day, symbol = a_recording(clock)
    clock.advance(30)

    chain = day.chain(Underlying.NIFTY, EXPIRY)

    assert [row.contract.symbol for row in chain.rows] == [symbol]
    assert day.master(Exchange.NSE).contract_of_symbol(Exchange.NSE, symbol).lot_size == 65


def test_another_file_is_not_a_recorded_day():
    with pytest.raises(ValueError, match="recorded day"):
        read_day(io.BytesIO(b"not gzip"), TurnedClock())


def test_the_same_day_is_written_as_the_same_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        write_day(file, START.date(), contracts(), [a_moment(10, "26000.00")])

    assert files[0].getvalue() == files[1].getvalue()
