"""The day's instrument master, from the dated contract facts and where the indices stand."""

import math
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from shared_utils.domain.instruments import Contract, Underlying
from shared_utils.indian_market_utils.contracts import (
    contract_chain,
    lot_size_of,
    strike_step_of,
    tick_size_of,
)
from shared_utils.indian_market_utils.dated_values import Dated, ValueT
from shared_utils.indian_market_utils.expiries import Expiry, ExpiryKind, listed_expiries
from shared_utils.indian_market_utils.facts import MarketFacts
from shared_utils.indian_market_utils.symbols import SEGMENT_OF
from simulator.index_paths import IndexPaths
from simulator.instruments import Instrument, Master, TokenOffice, index_row

_BAND = 0.12  # strikes on either side of where the index has been lately
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def master_of(facts: MarketFacts, paths: IndexPaths, day: date) -> Master:
    """Everything tradeable on `day`. Raises CalendarUnknown for a day of an unknown year."""
    offices = {exchange: TokenOffice() for exchange in SEGMENT_OF.values()}
    rows = [index_row(underlying) for underlying in Underlying]
    for underlying in Underlying:
        rows.extend(_future(facts, underlying, day, offices))
        rows.extend(_options(facts, paths, underlying, day, offices))
    return Master(day, rows)


def last_known(entries: Sequence[Dated[ValueT | None]], day: date) -> ValueT:
    """The latest published value up to `day`.

    The platform must not guess a fact that it does not know; an exchange has one all the same.
    """
    for entry in reversed(entries):
        if entry.from_day <= day and entry.value is not None:
            return entry.value
    raise LookupError(f"nothing is known for {day.isoformat()}")


def freeze_quantity(facts: MarketFacts, underlying: Underlying, day: date) -> int:
    """Units above which the exchange refuses one order."""
    return last_known(facts.indices[underlying].freeze_quantities, day)


def _options(
    facts: MarketFacts,
    paths: IndexPaths,
    underlying: Underlying,
    day: date,
    offices: dict[str, TokenOffice],
) -> Iterator[Instrument]:
    lowest, highest = paths.recent_range(underlying, day)
    floor, ceiling = lowest * (1 - _BAND), highest * (1 + _BAND)
    for expiry in listed_expiries(facts, underlying, day):
        step = float(strike_step_of(facts, underlying, expiry.day, day))
        contracts = contract_chain(
            facts,
            underlying,
            expiry.day,
            around=Decimal(round((floor + ceiling) / 2)),
            count=max(math.ceil((ceiling - floor) / 2 / step), 3),
            on_day=day,
        )
        yield from (_option(contract, offices) for contract in contracts)


def _option(contract: Contract, offices: dict[str, TokenOffice]) -> Instrument:
    exchange = SEGMENT_OF[contract.exchange]
    exchange_token, token = offices[exchange].issue(contract.symbol, exchange)
    return Instrument(
        exchange=exchange,
        symbol=contract.symbol,
        name=contract.underlying,
        kind=contract.option_type,
        segment=f"{exchange}-OPT",
        underlying=contract.underlying,
        expiry=contract.expiry,
        strike=contract.strike,
        tick=contract.tick_size,
        lot=contract.lot_size,
        exchange_token=exchange_token,
        token=token,
    )


def _future(
    facts: MarketFacts, underlying: Underlying, day: date, offices: dict[str, TokenOffice]
) -> Iterator[Instrument]:
    """The current month's future: shown and quoted, not traded here."""
    monthlies = (e for e in listed_expiries(facts, underlying, day) if _is_monthly(e))
    expiry = next(monthlies, None)
    if expiry is None:
        return
    exchange = SEGMENT_OF[facts.indices[underlying].exchange]
    symbol = f"{underlying}{expiry.day:%y}{_MONTHS[expiry.day.month - 1]}FUT"
    exchange_token, token = offices[exchange].issue(symbol, exchange)
    yield Instrument(
        exchange=exchange,
        symbol=symbol,
        name=underlying,
        kind="FUT",
        segment=f"{exchange}-FUT",
        underlying=underlying,
        expiry=expiry.day,
        strike=Decimal(0),
        tick=tick_size_of(facts, underlying, day),
        lot=lot_size_of(facts, underlying, expiry.day, day),
        exchange_token=exchange_token,
        token=token,
    )


def _is_monthly(expiry: Expiry) -> bool:
    return expiry.kind is ExpiryKind.MONTHLY
