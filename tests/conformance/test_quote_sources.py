"""What every source of quotes promises, whoever shows them: a broker, the simulated market or a
recorded day. All three show the same market here, so they must show the same.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import Contract, Exchange, Underlying
from shared_utils.indian_market_utils.sessions import ist_date
from tests.conformance.quote_rigs import AFTER_CLOSE, RIGS, QuoteRig
from tests.unit.simulator.worlds import TurnedWorld

NIFTY = Underlying.NIFTY


@pytest.fixture(params=RIGS, scope="module")
def named(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def rig(named: str) -> Iterator[QuoteRig]:
    with RIGS[named](TurnedWorld()) as rig:
        yield rig


def strikes_of(listed: list[Contract], near: Decimal, width: int) -> list[Decimal]:
    """The `width` listed strikes nearest to a price, in order."""
    strikes = sorted({each.strike for each in listed}, key=lambda each: abs(each - near))
    return sorted(strikes[:width])


def test_a_quote_is_what_the_market_shows(rig: QuoteRig):
    contract = rig.listed()[100]
    shown = rig.shown(contract)

    quote = rig.source.quotes([contract.symbol])[contract.symbol]

    assert (quote.symbol, quote.last_price) == (contract.symbol, shown.last_price)
    assert (quote.bid, quote.ask) == (shown.bid, shown.ask)
    assert (quote.bid_quantity, quote.ask_quantity) == (
        shown.bids[0].quantity,
        shown.asks[0].quantity,
    )
    assert (quote.volume, quote.open_interest) == (shown.volume, shown.open_interest)
    assert (quote.lower_circuit, quote.upper_circuit) == (shown.lower_circuit, shown.upper_circuit)
    assert quote.age_s(rig.clock.now()) < 1


def test_the_index_is_named_by_itself(rig: QuoteRig):
    spot = rig.source.spot(NIFTY)

    assert spot.symbol == "NIFTY"
    assert spot.last_price == rig.turned.market.spot(NIFTY, rig.turned.now)


def test_a_chain_and_its_spot_are_of_one_moment(rig: QuoteRig):
    expiry = rig.listed()[0].expiry

    chain = rig.source.chain(NIFTY, expiry, width=10)

    assert {row.quote.at for row in chain.rows} | {chain.spot_at} == {chain.at}
    assert chain.spot == rig.turned.market.spot(NIFTY, rig.turned.now)
    for row in chain.rows:
        assert row.quote.bid == rig.shown(row.contract).bid


def test_what_was_seen_before_is_not_shown_again_later(rig: QuoteRig):
    expiry = rig.listed()[0].expiry
    before = rig.source.chain(NIFTY, expiry, width=10)
    rig.pass_s(3)

    after = rig.source.chain(NIFTY, expiry, width=10)

    assert after.at >= before.at + timedelta(seconds=2)
    assert after.spot == rig.turned.market.spot(NIFTY, rig.turned.now)


def test_an_old_quote_stays_as_old_as_it_is(rig: QuoteRig):
    contract = rig.listed()[100]
    rig.silent_for(40)

    quote = rig.source.quotes([contract.symbol])[contract.symbol]
    chain = rig.source.chain(NIFTY, contract.expiry, width=2)

    now = rig.clock.now()
    for age_s in (
        quote.age_s(now),
        rig.source.spot(NIFTY).age_s(now),
        (now - chain.at).total_seconds(),
        (now - chain.spot_at).total_seconds(),
        *(row.quote.age_s(now) for row in chain.rows),
    ):
        assert 40 <= age_s < 42


def test_a_symbol_that_nobody_knows_is_absent(rig: QuoteRig):
    known = rig.listed()[0].symbol

    assert set(rig.source.quotes([known, "NIFTY26AUG99999CE", "RELIANCE", ""])) == {known}
    assert rig.source.quotes([]) == {}


@pytest.mark.parametrize("width", [1, 5, 10_000])
def test_a_chain_is_the_strikes_nearest_to_the_spot_both_types_by_strike(rig: QuoteRig, width: int):
    listed = rig.listed()

    chain = rig.source.chain(NIFTY, listed[0].expiry, width=width)

    strikes = strikes_of(listed, chain.spot, width)
    assert [(row.contract.strike, row.contract.option_type) for row in chain.rows] == [
        (strike, option_type) for strike in strikes for option_type in ("CE", "PE")
    ]
    assert {row.contract.symbol for row in chain.rows} <= {each.symbol for each in listed}


def test_a_chain_around_a_price_does_not_follow_the_spot(rig: QuoteRig):
    listed = rig.listed()
    around = listed[0].strike + 75

    chain = rig.source.chain(NIFTY, listed[0].expiry, around=around, width=3)

    assert sorted({row.contract.strike for row in chain.rows}) == strikes_of(listed, around, 3)


def test_a_side_with_nobody_on_it_is_none_and_never_nought(rig: QuoteRig):
    contract = rig.listed()[100]
    rig.pass_s(AFTER_CLOSE.total_seconds())

    quote = rig.source.quotes([contract.symbol])[contract.symbol]

    assert (quote.bid, quote.ask, quote.bid_quantity, quote.ask_quantity) == (None, None, 0, 0)
    assert quote.last_price is not None


def test_an_expiry_that_is_not_listed_is_no_chain_and_is_named(rig: QuoteRig):
    with pytest.raises(MarketDataUnavailable, match="2026-08-12"):
        rig.source.chain(NIFTY, date(2026, 8, 12))


def test_a_source_that_cannot_be_reached_is_market_data_unavailable(rig: QuoteRig):
    expiry = rig.listed()[0].expiry
    rig.line.is_cut = True

    with pytest.raises(MarketDataUnavailable):
        rig.source.spot(NIFTY)
    with pytest.raises(MarketDataUnavailable):
        rig.source.chain(NIFTY, expiry)


def test_the_master_is_todays_and_lists_what_is_quoted(rig: QuoteRig):
    master = rig.source.master(Exchange.NSE)

    assert master.trading_day == ist_date(rig.clock.now())
    for contract in rig.listed():
        assert master.contract_of_symbol(Exchange.NSE, contract.symbol) == contract


def test_on_another_day_the_master_is_of_that_day_or_there_is_none(rig: QuoteRig):
    rig.source.master(Exchange.NSE)
    rig.pass_s(24 * 3600)

    with suppress(MarketDataUnavailable):
        assert rig.source.master(Exchange.NSE).trading_day == date(2026, 8, 6)


def test_an_exchange_that_lists_nothing_or_does_not_answer_is_market_data_unavailable(
    rig: QuoteRig,
):
    rig.line.is_cut = True

    with pytest.raises(MarketDataUnavailable):
        rig.source.master(Exchange.BSE)
