"""An option chain put together from a master, quotes and a spot. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from shared_utils.domain.errors import MarketDataUnavailable
from shared_utils.domain.instruments import (
    EXCHANGE_OF,
    ChainRow,
    Contract,
    OptionChain,
    OptionType,
    Quote,
    Underlying,
)
from shared_utils.indian_market_utils.symbols import InstrumentMaster


def contracts_around(
    master: InstrumentMaster,
    underlying: Underlying,
    expiry: date,
    around: Decimal | None,
    width: int,
) -> tuple[Contract, ...]:
    """Of the `width` listed strikes nearest to `around` (None: of all), CE and PE, by strike.

    Raises MarketDataUnavailable when the expiry is not listed.
    """
    strikes = master.strikes_of(underlying, expiry)
    if not strikes:
        raise MarketDataUnavailable(
            f"{underlying} has no options that expire on {expiry.isoformat()} in the instrument "
            f"master of {master.trading_day.isoformat()}."
        )
    if around is not None:
        middle = around
        strikes = tuple(sorted(sorted(strikes, key=lambda each: abs(each - middle))[:width]))
    exchange = EXCHANGE_OF[underlying]
    found = (
        master.find((exchange, underlying, expiry, strike, option_type))
        for strike in strikes
        for option_type in OptionType
    )
    return tuple(instrument.contract for instrument in found if instrument is not None)


def build_chain(
    contracts: Iterable[Contract], quotes: Mapping[str, Quote], spot: Quote
) -> OptionChain:
    """`quotes` by canonical symbol; a contract without one is left out. `at` is the newest time.

    Raises MarketDataUnavailable when no contract has a quote.
    """
    rows = tuple(
        ChainRow(contract=contract, quote=quotes[contract.symbol])
        for contract in contracts
        if contract.symbol in quotes
    )
    if not rows:
        raise MarketDataUnavailable(f"No option of {spot.symbol} is quoted.")
    first = rows[0].contract
    return OptionChain(
        underlying=first.underlying,
        expiry=first.expiry,
        spot=price_of(spot),
        spot_at=spot.at,
        rows=rows,
        at=max(spot.at, *(row.quote.at for row in rows)),
    )


def price_of(spot: Quote) -> Decimal:
    if spot.last_price is None:
        raise MarketDataUnavailable(f"The index {spot.symbol} shows no price.")
    return spot.last_price
