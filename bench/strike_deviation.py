"""How far chosen strikes lie from what was asked for, over a year of the simulated market.

The design document wants less than 2 percent. A ladder has steps, so the nearest strike that exists
can be further off: what the choice adds to that is its regret, and it has to be 0. Beside every
choice all tradable strikes are measured, one by one, without the searches of the selection.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import inf, log
from statistics import NormalDist, median

from bench.rows import Row, percentile
from shared_utils.domain.errors import DomainError
from shared_utils.domain.instruments import (
    EXCHANGE_OF,
    ChainRow,
    Contract,
    OptionChain,
    OptionType,
    Quote,
    Side,
    Underlying,
)
from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.indian_market_utils.sessions import at_ist
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.quote_checks import QuoteLimits
from shared_utils.risk_calculations.strikes.choices import StrikeMarket
from shared_utils.risk_calculations.strikes.ladders import (
    fault_in,
    forward_of_market,
    ladder_of,
)
from shared_utils.risk_calculations.strikes.registry import select
from simulator.instruments import Instrument, Master
from simulator.market import Market
from simulator.smile import RATE
from simulator.world import market_facts

FIRST_DAY, LAST_DAY = date(2025, 9, 1), date(2026, 8, 31)
EVERY = 7  # trading days
INSTANTS = (time(9, 20), time(12, 30), time(15, 10))
NEAR = Decimal("0.12")  # of the spot: strikes further off are not quoted, as no trader asks them
ALLOWED = 0.02
YEAR_S = 365 * 86_400.0

PREMIUMS = (Decimal(25), Decimal(60), Decimal(150))
DELTAS = (Decimal("0.15"), Decimal("0.25"), Decimal("0.40"))
PERCENTAGES = (Decimal("0.5"), Decimal(1), Decimal(2))

WANTED: tuple[PremiumSelection, ...] = (
    *(
        PremiumSelection(type=SelectionType.ABSOLUTE_PREMIUM, target_premium=target)
        for target in PREMIUMS
    ),
    *(
        PremiumSelection(type=SelectionType.DELTA_BASED, delta_range=(target, target))
        for target in DELTAS
    ),
    *(
        PremiumSelection(type=SelectionType.PERCENTAGE_BASED, strike_percentage=target)
        for target in PERCENTAGES
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Both as fractions of the target. `chosen` is None where the selection refused; `nearest` is
    the best of all tradable strikes, None when there is none.
    """

    kind: SelectionType
    chosen: float | None
    nearest: float | None

    @property
    def regret(self) -> float:
        if self.chosen is None or self.nearest is None:
            return 0.0
        return self.chosen - self.nearest


def run() -> list[Row]:
    return rows_of(picks())


def rows_of(found: list[Pick]) -> list[Row]:
    rows: list[Row] = []
    for kind in dict.fromkeys(pick.kind for pick in found):
        of_kind = [pick for pick in found if pick.kind is kind]
        chosen = [pick.chosen for pick in of_kind if pick.chosen is not None]
        allowed = [
            pick.chosen
            for pick in of_kind
            if pick.chosen is not None and pick.nearest is not None and pick.nearest <= ALLOWED
        ]
        within = sum(value <= ALLOWED for value in chosen)
        share = 100 * len(allowed) / len(chosen)
        regret = max(pick.regret for pick in of_kind)
        rows += [
            (f"{kind}: median deviation", 100 * median(chosen), None, "percent"),
            (f"{kind}: p95 deviation", 100 * percentile(chosen, 0.95), None, "percent"),
            (f"{kind}: within 2 percent", 100 * within / len(chosen), None, "percent"),
            (f"{kind}: where a strike within 2 percent exists", share, None, "percent"),
            (f"{kind}: p95 there", 100 * percentile(allowed, 0.95), 100 * ALLOWED, "percent"),
            (f"{kind}: greatest regret of {len(chosen)}", 100 * regret, 0.0, "percent"),
            (f"{kind}: refused", float(len(of_kind) - len(chosen)), None, "choices"),
        ]
    return rows


def picks(every: int = EVERY) -> list[Pick]:
    """Of every `every`-th trading day of the year, three instants a day."""
    market = Market(market_facts())
    return [
        pick
        for day in trading_days(market)[::every]
        for strike_market in _markets_of(market, day)
        for pick in _picks_of(strike_market)
    ]


def trading_days(market: Market) -> list[date]:
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    return [day for day in days if market.session(Underlying.NIFTY, day) is not None]


def _markets_of(market: Market, day: date) -> Iterator[StrikeMarket]:
    master = market.master(day)
    for wall in INSTANTS:
        at = at_ist(day, wall)
        for underlying, expiry in _series(master):
            if not market.is_open(underlying, at):
                continue
            session = market.session(underlying, expiry)
            if session is None:
                continue
            chain = _chain(market, master.chain(underlying, expiry), at)
            for option_type in OptionType:
                yield StrikeMarket(
                    chain=chain,
                    option_type=option_type,
                    side=Side.SELL,
                    years_to_expiry=(session.closes_at - at).total_seconds() / YEAR_S,
                    rate=RATE,
                    limits=QuoteLimits(now=at, max_age_s=5, max_spread_percentage=Decimal(5)),
                )


def _series(master: Master) -> dict[tuple[Underlying, date], None]:
    """NIFTY's nearest expiry and its month's last one, BANKNIFTY's month; each once."""
    wanted: dict[tuple[Underlying, date], None] = {}
    nifty = master.expiries(Underlying.NIFTY)
    wanted[Underlying.NIFTY, nifty[0]] = None
    for underlying in (Underlying.NIFTY, Underlying.BANKNIFTY):
        listed = master.expiries(underlying)
        wanted[underlying, max(day for day in listed if day.month == listed[0].month)] = None
    return wanted


def _chain(market: Market, listed: tuple[Instrument, ...], at: datetime) -> OptionChain:
    first = listed[0]
    assert first.expiry is not None  # noqa: S101 - these are options
    spot = market.spot(first.underlying, at)
    rows = tuple(
        _row(market, instrument, first.expiry, at)
        for instrument in listed
        if abs(instrument.strike - spot) <= NEAR * spot
    )
    return OptionChain(
        underlying=first.underlying,
        expiry=first.expiry,
        spot=spot,
        spot_at=at,
        rows=rows,
        at=at,
    )


def _row(market: Market, instrument: Instrument, expiry: date, at: datetime) -> ChainRow:
    shown = market.quote(instrument, at)
    return ChainRow(
        contract=Contract(
            underlying=instrument.underlying,
            exchange=EXCHANGE_OF[instrument.underlying],
            expiry=expiry,
            strike=instrument.strike,
            option_type=OptionType(instrument.kind),
            lot_size=instrument.lot,
            tick_size=instrument.tick,
            symbol=instrument.symbol,
        ),
        quote=Quote(
            symbol=instrument.symbol,
            last_price=shown.last_price,
            bid=shown.bid,
            ask=shown.ask,
            bid_quantity=shown.bids[0].quantity if shown.bids else 0,
            ask_quantity=shown.asks[0].quantity if shown.asks else 0,
            volume=shown.volume,
            open_interest=shown.open_interest,
            lower_circuit=shown.lower_circuit,
            upper_circuit=shown.upper_circuit,
            at=at,
        ),
    )


def _picks_of(market: StrikeMarket) -> Iterator[Pick]:
    rows = [
        row
        for row in ladder_of(market.chain, market.option_type).rows
        if fault_in(row, market) is None
    ]
    deltas = _deltas(rows, market)
    for wanted in WANTED:
        away = _deviations(wanted, rows, deltas, market)
        try:
            chosen = away.get(select(wanted, market).contract.strike, inf)  # not tradable
        except DomainError:
            chosen = None
        yield Pick(kind=wanted.type, chosen=chosen, nearest=min(away.values(), default=None))


def _deviations(
    wanted: PremiumSelection,
    rows: list[ChainRow],
    deltas: Mapping[Decimal, float],
    market: StrikeMarket,
) -> dict[Decimal, float]:
    """Of every tradable strike, from the target."""
    if wanted.delta_range is not None:
        middle = float(wanted.delta_range[0])
        return {strike: abs(delta - middle) / middle for strike, delta in deltas.items()}
    if wanted.strike_percentage is not None:
        sign = 1 if market.option_type is OptionType.CE else -1
        level = market.chain.spot * (1 + sign * wanted.strike_percentage / 100)
        strikes = [row.contract.strike for row in rows]
        return {strike: float(abs(strike - level) / level) for strike in strikes}
    premium = wanted.target_premium or Decimal(0)
    return {
        row.contract.strike: float(abs(row.quote.mid - premium) / premium)
        for row in rows
        if row.quote.mid is not None
    }


def _deltas(rows: list[ChainRow], market: StrikeMarket) -> dict[Decimal, float]:
    """Of every row, at the volatility of its own mid."""
    forward, years = forward_of_market(market), market.years_to_expiry
    normal, found = NormalDist(), {}
    for row in rows:
        strike, mid = float(row.contract.strike), row.quote.mid
        volatility = implied_volatility(
            market.option_type,
            price=None if mid is None else float(mid),
            forward=forward,
            strike=strike,
            years=years,
            rate=market.rate,
        ).volatility
        if volatility is None:
            continue
        total = volatility * years**0.5
        d1 = log(forward / strike) / total + total / 2
        sign = 1 if market.option_type is OptionType.CE else -1
        found[row.contract.strike] = normal.cdf(sign * d1)
    return found
