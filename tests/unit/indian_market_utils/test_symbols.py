from datetime import date
from decimal import Decimal

import pytest

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import NotFound, Unavailable
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.contracts import contract_chain
from shared_utils.indian_market_utils.expiries import require_expiry
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    broker_symbol,
    canonical_symbol,
    contract_key,
    instrument_master,
    require_current,
)

U, CE, PE = Underlying, OptionType.CE, OptionType.PE
TODAY = date(2026, 11, 23)


# Symbols quoted from genuine masters and bhavcopies.
@pytest.mark.parametrize(
    ("underlying", "expiry", "strike", "option_type", "symbol"),
    [
        (U.NIFTY, "2025-10-07", 24900, CE, "NIFTY25O0724900CE"),
        (U.NIFTY, "2026-09-15", 23500, PE, "NIFTY2691523500PE"),
        (U.NIFTY, "2025-09-30", 24900, CE, "NIFTY25SEP24900CE"),
        (U.NIFTY, "2026-11-23", 26000, CE, "NIFTY26NOV26000CE"),
        (U.NIFTY, "2026-12-01", 26000, CE, "NIFTY26D0126000CE"),
        (U.BANKNIFTY, "2026-08-25", 57400, CE, "BANKNIFTY26AUG57400CE"),
        (U.MIDCPNIFTY, "2026-08-25", 14725, PE, "MIDCPNIFTY26AUG14725PE"),
        (U.SENSEX, "2026-10-01", 81000, CE, "SENSEX26O0181000CE"),
        (U.SENSEX, "2026-05-27", 70300, CE, "SENSEX26MAY70300CE"),
        (U.SENSEX, "2026-04-09", 73100, CE, "SENSEX2640973100CE"),
    ],
)
def test_canonical_symbols_are_those_of_the_exchanges(
    *, facts, underlying, expiry, strike, option_type, symbol
):
    found = require_expiry(facts, underlying, date.fromisoformat(expiry))
    assert canonical_symbol(underlying, found, Decimal(strike), option_type) == symbol


def a_contract(underlying=U.NIFTY, expiry=date(2025, 10, 28), strike="24900", kind=CE, symbol="x"):
    return Contract(
        underlying=underlying,
        exchange=Exchange.BSE if underlying is U.SENSEX else Exchange.NSE,
        expiry=expiry,
        strike=Decimal(strike),
        option_type=kind,
        lot_size=75,
        tick_size=Decimal("0.05"),
        symbol=symbol,
    )


def test_each_broker_writes_nse_contracts_its_own_way():
    contract = a_contract(symbol="NIFTY25OCT24900CE")
    assert broker_symbol(BrokerName.ZERODHA, contract) == "NIFTY25OCT24900CE"
    assert broker_symbol(BrokerName.ANGEL_ONE, contract) == "NIFTY28OCT2524900CE"
    assert broker_symbol(BrokerName.FINVASIA, contract) == "NIFTY28OCT25C24900"
    assert broker_symbol(BrokerName.PAPER, contract) == "NIFTY25OCT24900CE"
    put = a_contract(U.BANKNIFTY, date(2026, 8, 25), "71800", PE)
    assert broker_symbol(BrokerName.FINVASIA, put) == "BANKNIFTY25AUG26P71800"


@pytest.mark.parametrize("broker", list(BrokerName))
def test_on_bse_every_broker_uses_the_canonical_form(broker):
    contract = a_contract(U.SENSEX, symbol="SENSEX24MAR75000PE")
    assert broker_symbol(broker, contract) == "SENSEX24MAR75000PE"


@pytest.mark.parametrize("strike", ["26000", "26000.00", "2.6E+4"])
def test_a_strike_is_written_plainly(facts, strike):
    expiry = require_expiry(facts, U.NIFTY, TODAY)
    assert canonical_symbol(U.NIFTY, expiry, Decimal(strike), CE) == "NIFTY26NOV26000CE"


def a_master(facts, broker=BrokerName.ANGEL_ONE, day=TODAY):
    rows = [
        Instrument(contract=contract, symbol=broker_symbol(broker, contract), token=str(number))
        for underlying, expiry in (
            (U.NIFTY, date(2026, 12, 1)),
            (U.NIFTY, date(2026, 12, 29)),
            (U.SENSEX, date(2026, 11, 26)),
        )
        for number, contract in enumerate(
            contract_chain(facts, underlying, expiry, around=Decimal(26000), count=3, on_day=TODAY)
        )
    ]
    return instrument_master(broker, day, rows)


@pytest.mark.parametrize("broker", list(BrokerName))
def test_the_master_joins_contracts_and_symbols_both_ways(facts, broker):
    master = a_master(facts, broker)
    assert len(master.by_key) == 3 * 7 * 2
    for instrument in master.by_key.values():
        contract = instrument.contract
        assert master.instrument_of(contract) is instrument
        assert master.find(contract_key(contract)) is instrument
        assert master.contract_of_symbol(contract.exchange, instrument.symbol) == contract
        assert master.find_symbol(contract.exchange, instrument.symbol) is instrument


def test_what_the_master_does_not_list_is_not_found(facts):
    master = a_master(facts)
    with pytest.raises(NotFound, match="not in the angel_one instrument master of 2026-11-23"):
        master.contract_of_symbol(Exchange.NSE, "NIFTY01DEC2699999CE")
    with pytest.raises(NotFound) as unlisted:
        master.instrument_of(a_contract())
    assert unlisted.value.code == "CONTRACT_NOT_LISTED"
    assert master.find_symbol(Exchange.BSE, "NIFTY01DEC2626000CE") is None


def test_the_master_says_which_expiries_and_strikes_are_listed(facts):
    master = a_master(facts)
    assert master.expiries_of(U.NIFTY) == (date(2026, 12, 1), date(2026, 12, 29))
    assert master.expiries_of(U.BANKNIFTY) == ()
    strikes = master.strikes_of(U.SENSEX, date(2026, 11, 26))
    assert strikes == tuple(Decimal(s) for s in range(25700, 26400, 100))


def test_a_stale_master_is_refused(facts):
    master = a_master(facts, day=date(2026, 11, 20))
    assert require_current(master, date(2026, 11, 20)) is master
    with pytest.raises(Unavailable, match="2026-11-20, not of 2026-11-23") as stale:
        require_current(master, TODAY)
    assert stale.value.code == "INSTRUMENT_MASTER_STALE"


def test_a_master_that_contradicts_itself_is_refused():
    one = Instrument(contract=a_contract(), symbol="A", token="1")
    same_contract = Instrument(contract=a_contract(), symbol="B", token="2")
    same_symbol = Instrument(contract=a_contract(strike="25000"), symbol="A", token="3")
    for rows in ([one, same_contract], [one, same_symbol], []):
        with pytest.raises(Unavailable) as refused:
            instrument_master(BrokerName.ZERODHA, TODAY, rows)
        assert refused.value.code == "INSTRUMENT_MASTER_INVALID"
