"""Names of contracts: the canonical one, each broker's own, and the master that joins them.

A symbol is only ever *written* from a contract's parts here. Reading one goes through the
instrument master of the day, never by parsing: `NIFTY2691523500PE` does not say where the date
ends, and the monthly form does not say which day the contract expires on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import NotFound, Problem, Unavailable
from shared_utils.domain.instruments import Contract, Exchange, OptionType, Underlying
from shared_utils.indian_market_utils.expiries import Expiry, ExpiryKind

MASTER_STALE = "INSTRUMENT_MASTER_STALE"
MASTER_INVALID = "INSTRUMENT_MASTER_INVALID"
MASTER_INCOMPLETE = "INSTRUMENT_MASTER_INCOMPLETE"
CONTRACT_NOT_LISTED = "CONTRACT_NOT_LISTED"

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Kite and NSE write a weekly's month in one character.
_MONTH_LETTERS = "123456789OND"

# How Kite calls the exchanges' derivative segments.
SEGMENT_OF: Mapping[Exchange, str] = MappingProxyType({Exchange.NSE: "NFO", Exchange.BSE: "BFO"})

ContractKey = tuple[Exchange, Underlying, date, Decimal, OptionType]


def canonical_symbol(
    underlying: Underlying, expiry: Expiry, strike: Decimal, option_type: OptionType
) -> str:
    """`NIFTY26NOV26000CE` for a month's last expiry (holiday-shifted or not), else the weekly form
    `NIFTY26D0126000CE`: year, month as 1-9, O, N, D, day. Kite's symbol, and the exchanges' own.
    """
    day = expiry.day
    year = f"{day:%y}"
    if expiry.kind is ExpiryKind.MONTHLY:
        when = f"{year}{_MONTHS[day.month - 1]}"
    else:
        when = f"{year}{_MONTH_LETTERS[day.month - 1]}{day:%d}"
    return f"{underlying}{when}{_strike_text(strike)}{option_type}"


def broker_symbol(broker: BrokerName, contract: Contract) -> str:
    """What the broker calls the contract: the canonical form at Kite, and on BSE at all of them."""
    if contract.exchange is Exchange.BSE or broker in {BrokerName.ZERODHA, BrokerName.PAPER}:
        return contract.symbol
    day = contract.expiry
    date_text = f"{day:%d}{_MONTHS[day.month - 1]}{day:%y}"
    strike = _strike_text(contract.strike)
    if broker is BrokerName.ANGEL_ONE:
        return f"{contract.underlying}{date_text}{strike}{contract.option_type}"
    return f"{contract.underlying}{date_text}{contract.option_type[0]}{strike}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One option row of a broker's master. `contract.symbol` is canonical, `symbol` the broker's.

    `freeze_quantity` in units, where the broker says (Angel does, Kite does not).
    """

    contract: Contract
    symbol: str
    token: str
    freeze_quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentMaster:
    """All options a broker lists on one trading day. Build it with `instrument_master`.

    Lot and tick in its contracts override the dated contract facts (decisions 1).
    """

    broker: BrokerName
    trading_day: date
    by_key: Mapping[ContractKey, Instrument]
    by_symbol: Mapping[tuple[Exchange, str], Instrument]

    def find(self, key: ContractKey) -> Instrument | None:
        return self.by_key.get(key)

    def find_symbol(self, exchange: Exchange, symbol: str) -> Instrument | None:
        """By the broker's own symbol."""
        return self.by_symbol.get((exchange, symbol))

    def instrument_of(self, contract: Contract) -> Instrument:
        """The row of the contract's parts; its symbol is not looked at. NotFound if unlisted."""
        found = self.by_key.get(contract_key(contract))
        if found is None:
            raise NotFound(
                f"{contract.symbol} is not in the {self.broker} instrument master "
                f"of {self.trading_day.isoformat()}.",
                code=CONTRACT_NOT_LISTED,
            )
        return found

    def contract_of_symbol(self, exchange: Exchange, symbol: str) -> Contract:
        """The contract a broker's symbol means. NotFound if the master does not list it."""
        found = self.by_symbol.get((exchange, symbol))
        if found is None:
            raise NotFound(
                f"{symbol} is not in the {self.broker} instrument master "
                f"of {self.trading_day.isoformat()}.",
                code=CONTRACT_NOT_LISTED,
            )
        return found.contract

    def expiries_of(self, underlying: Underlying) -> tuple[date, ...]:
        """The listed expiry days, in order."""
        return tuple(sorted({key[2] for key in self.by_key if key[1] is underlying}))

    def strikes_of(self, underlying: Underlying, expiry: date) -> tuple[Decimal, ...]:
        """The listed strikes of an expiry, in order."""
        of = {key[3] for key in self.by_key if key[1] is underlying and key[2] == expiry}
        return tuple(sorted(of))


def contract_key(contract: Contract) -> ContractKey:
    return (
        contract.exchange,
        contract.underlying,
        contract.expiry,
        contract.strike,
        contract.option_type,
    )


def instrument_master(
    broker: BrokerName, trading_day: date, instruments: Iterable[Instrument]
) -> InstrumentMaster:
    """Joins the rows both ways. Two rows for one contract or symbol, or none at all, raise
    Unavailable INSTRUMENT_MASTER_INVALID: a master that contradicts itself is not traded on.
    """
    by_key: dict[ContractKey, Instrument] = {}
    by_symbol: dict[tuple[Exchange, str], Instrument] = {}
    for instrument in instruments:
        key = contract_key(instrument.contract)
        named = (instrument.contract.exchange, instrument.symbol)
        if key in by_key or named in by_symbol:
            raise _invalid(broker, f"lists {instrument.symbol} twice", instrument.symbol)
        by_key[key] = instrument
        by_symbol[named] = instrument
    if not by_key:
        raise _invalid(broker, "has no index options", "instruments")
    return InstrumentMaster(
        broker=broker,
        trading_day=trading_day,
        by_key=MappingProxyType(by_key),
        by_symbol=MappingProxyType(by_symbol),
    )


def require_current(master: InstrumentMaster, trading_day: date) -> InstrumentMaster:
    """The master itself if it is of `trading_day`; a stale one raises INSTRUMENT_MASTER_STALE."""
    require_day(master.broker, master.trading_day, trading_day)
    return master


def require_day(broker: BrokerName, master_day: date, trading_day: date) -> None:
    """Raises Unavailable INSTRUMENT_MASTER_STALE for a master of another day than `trading_day`.

    Late holidays move expiries and re-issue contracts, so yesterday's master is not good enough.
    """
    if master_day != trading_day:
        raise Unavailable(
            f"The {broker} instrument master is of {master_day.isoformat()}, "
            f"not of {trading_day.isoformat()}; it must be loaded again before trading.",
            code=MASTER_STALE,
        )


def _invalid(broker: BrokerName, problem: str, field: str) -> Unavailable:
    return Unavailable(
        f"The {broker} instrument master {problem}.",
        code=MASTER_INVALID,
        details=(Problem(field, problem),),
    )


def _strike_text(strike: Decimal) -> str:
    """Without exponent or trailing zeros: 26000, 26000.5."""
    text = f"{strike:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
