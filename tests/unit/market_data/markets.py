"""A small market for the tests of quote sources: NIFTY options of one expiry, and a provider that
counts its calls.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import BrokerUnavailable
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Quote
from shared_utils.indian_market_utils.symbols import (
    Instrument,
    InstrumentMaster,
    instrument_master,
)
from tests.factories import EXPIRY, a_contract

SPOT_KEY = "NSE:NIFTY 50"


def contracts(first: int = 25000, last: int = 27000, step: int = 50) -> list[Contract]:
    return [
        a_contract(strike, option_type)
        for strike in range(first, last + step, step)
        for option_type in OptionType
    ]


def a_master(
    listed: Sequence[Contract] | None = None, day: date = date(2026, 11, 23)
) -> InstrumentMaster:
    rows = [
        Instrument(contract=each, symbol=each.symbol, token=each.symbol)
        for each in (listed or contracts())
    ]
    return instrument_master(BrokerName.ZERODHA, day, rows)


def a_quote(symbol: str, at: datetime, last: str = "100.00") -> Quote:
    price = Decimal(last)
    return Quote(
        symbol=symbol,
        last_price=price,
        bid=price - Decimal("0.10"),
        ask=price + Decimal("0.10"),
        bid_quantity=650,
        ask_quantity=130,
        volume=1000,
        open_interest=2000,
        lower_circuit=Decimal("0.05"),
        upper_circuit=Decimal("900.00"),
        at=at,
    )


class CountedProvider:
    """Quotes everything at `at`; `fails` makes every call fail."""

    def __init__(self, at: datetime, spot: str = "26010.00") -> None:
        self.at = at
        self.spot = spot
        self.calls: list[list[str]] = []
        self.masters = 0
        self.fails = False
        self.missing: set[str] = set()
        self.listed = a_master()

    def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        self.calls.append(list(symbols))
        if self.fails:
            raise BrokerUnavailable("The broker does not answer.")
        return {
            symbol: a_quote(symbol, self.at, self.spot if symbol == SPOT_KEY else "100.00")
            for symbol in symbols
            if symbol not in self.missing
        }

    def instruments(self, exchange: Exchange) -> InstrumentMaster:
        assert exchange is Exchange.NSE
        self.masters += 1
        if self.fails:
            raise BrokerUnavailable("The broker does not answer.")
        return self.listed


__all__ = ["EXPIRY", "SPOT_KEY", "CountedProvider", "a_master", "a_quote", "contracts"]
