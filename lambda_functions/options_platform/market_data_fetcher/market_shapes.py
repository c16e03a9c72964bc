"""Prices on the wire. Volatilities are percent a year; greeks are per unit, as brokers show them:
delta per index point, gamma per point squared, vega per point of volatility, theta per calendar
day, rho per point of interest. A figure that is not known is null, never 0.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from lambda_functions.options_platform.market_data_fetcher.market_queries import (
    ListedStrike,
    ListedStrikes,
    Moneyness,
    Term,
    VolatilityNow,
)
from lambda_functions.options_platform.market_data_fetcher.volatility_ranks import VolatilityRank
from shared_utils.api.wire_types import (
    Amount,
    CalendarDate,
    Figure,
    Instant,
    RequestModel,
    ResponseModel,
)
from shared_utils.domain.instruments import EXCHANGE_OF, Exchange, OptionType, Underlying
from shared_utils.risk_calculations.forwards import RISK_FREE_RATE
from shared_utils.stored_chains import IndexLook

if TYPE_CHECKING:
    from lambda_functions.options_platform.market_data_fetcher.chain_views import (
        ChainView,
        OpenInterest,
        Skew,
        ValuedOption,
    )

_PLACES = 6
_DAYS = 365.0

MaybeAmount = Amount | None


class StrikesQuery(RequestModel):
    """All strikes of both types when left out; `expiry` is the nearest when left out."""

    type: OptionType | None = None
    range: Moneyness | None = None
    expiry: CalendarDate | None = None


class MarketDataResponse(ResponseModel):
    """`as_of` is the exchange's own time of the price, `age_s` how old that is now."""

    symbol: Underlying
    exchange: Exchange
    price: Amount
    as_of: Instant
    age_s: float
    is_stale: bool

    @classmethod
    def from_domain(
        cls, underlying: Underlying, look: IndexLook, now: datetime, fresh_s: float
    ) -> "MarketDataResponse":
        return cls(
            symbol=underlying,
            exchange=EXCHANGE_OF[underlying],
            price=look.price,
            as_of=look.at,
            age_s=_age(look.at, now),
            is_stale=_age(look.at, now) > fresh_s,
        )


class OptionResponse(ResponseModel):
    """`status` is OK, or why volatility and greeks are null; `mid` is what they are told from."""

    symbol: str
    last_price: MaybeAmount
    bid: MaybeAmount
    ask: MaybeAmount
    bid_quantity: int
    ask_quantity: int
    volume: int
    open_interest: int
    age_s: float
    mid: Figure | None
    implied_volatility: float | None
    delta: float | None
    gamma: float | None
    theta: float | None
    vega: float | None
    rho: float | None
    status: str


class ChainRowResponse(ResponseModel):
    strike: Figure
    call: OptionResponse | None
    put: OptionResponse | None


class OpenInterestResponse(ResponseModel):
    """Units; the ratios are puts over calls. `max_pain`: where holders are paid least."""

    calls: int
    puts: int
    put_call_ratio: float | None
    put_call_volume_ratio: float | None
    max_pain: Figure | None

    @classmethod
    def from_domain(cls, interest: "OpenInterest") -> "OpenInterestResponse":
        return cls(
            calls=interest.calls,
            puts=interest.puts,
            put_call_ratio=_rounded(interest.ratio),
            put_call_volume_ratio=_rounded(interest.volume_ratio),
            max_pain=interest.max_pain,
        )


class OptionChainResponse(ResponseModel):
    """`forward` is the index at expiry as the quotes imply it (`forward_source` QUOTES), else spot
    and cost of carry (CARRY); `atm_strike` is nearest to it. `risk_free_rate` is percent a year.
    """

    symbol: Underlying
    exchange: Exchange
    expiry: CalendarDate
    days_to_expiry: float
    lot_size: int
    spot: Amount
    as_of: Instant
    age_s: float
    is_stale: bool
    forward: float
    forward_source: str
    risk_free_rate: float
    atm_strike: Figure
    atm_volatility: float | None
    straddle_premium: MaybeAmount
    open_interest: OpenInterestResponse
    strikes: list[ChainRowResponse]

    @classmethod
    def from_domain(cls, view: "ChainView", now: datetime, fresh_s: float) -> "OptionChainResponse":
        chain, money = view.chain, view.money
        return cls(
            symbol=chain.underlying,
            exchange=EXCHANGE_OF[chain.underlying],
            expiry=chain.expiry,
            days_to_expiry=round(view.years * _DAYS, 4),
            lot_size=chain.rows[0].contract.lot_size,
            spot=chain.spot,
            as_of=chain.at,
            age_s=_age(chain.at, now),
            is_stale=_age(chain.at, now) > fresh_s,
            forward=round(money.forward, 2),
            forward_source="QUOTES" if money.forward_from_quotes else "CARRY",
            risk_free_rate=RISK_FREE_RATE * 100,
            atm_strike=money.strike,
            atm_volatility=_percent(money.volatility),
            straddle_premium=money.straddle,
            open_interest=OpenInterestResponse.from_domain(view.interest),
            strikes=_rows(view, now),
        )


class StrikeResponse(ResponseModel):
    symbol: str
    strike: Figure
    option_type: OptionType
    moneyness: Moneyness
    lot_size: int
    last_price: MaybeAmount
    bid: MaybeAmount
    ask: MaybeAmount
    open_interest: int

    @classmethod
    def from_domain(cls, listed: ListedStrike) -> "StrikeResponse":
        contract, quote = listed.row.contract, listed.row.quote
        return cls(
            symbol=contract.symbol,
            strike=contract.strike,
            option_type=contract.option_type,
            moneyness=listed.moneyness,
            lot_size=contract.lot_size,
            last_price=quote.last_price,
            bid=quote.bid,
            ask=quote.ask,
            open_interest=quote.open_interest,
        )


class StrikesResponse(ResponseModel):
    """`atm_strike` is the strike nearest to the spot; moneyness is measured from it."""

    symbol: Underlying
    expiry: CalendarDate
    spot: Amount
    as_of: Instant
    age_s: float
    is_stale: bool
    atm_strike: Figure
    strikes: list[StrikeResponse]

    @classmethod
    def from_domain(cls, found: ListedStrikes, now: datetime, fresh_s: float) -> "StrikesResponse":
        chain = found.chain
        return cls(
            symbol=chain.underlying,
            expiry=chain.expiry,
            spot=chain.spot,
            as_of=chain.at,
            age_s=_age(chain.at, now),
            is_stale=_age(chain.at, now) > fresh_s,
            atm_strike=found.middle,
            strikes=[StrikeResponse.from_domain(each) for each in found.strikes],
        )


class TermResponse(ResponseModel):
    """`reason` says why the figures of an expiry are null."""

    expiry: CalendarDate
    days_to_expiry: float
    atm_strike: Figure | None
    atm_volatility: float | None
    reason: str | None

    @classmethod
    def from_domain(cls, term: Term) -> "TermResponse":
        money = term.money
        untold = "The options at the money have no two-sided quote that holds a volatility."
        known = money is not None and money.volatility is not None
        return cls(
            expiry=term.expiry,
            days_to_expiry=round(term.years * _DAYS, 4),
            atm_strike=money.strike if money else None,
            atm_volatility=_percent(money.volatility) if money else None,
            reason=term.reason or (None if known else untold),
        )


class SkewResponse(ResponseModel):
    """Of the nearest expiry: volatility of the put less that of the call whose deltas are nearest
    to a quarter, in points.
    """

    put_strike: Figure
    put_volatility: float | None
    call_strike: Figure
    call_volatility: float | None
    points: float | None

    @classmethod
    def from_domain(cls, skew: "Skew") -> "SkewResponse":
        put, call = skew.put.volatility, skew.call.volatility
        return cls(
            put_strike=skew.put.row.contract.strike,
            put_volatility=_percent(put),
            call_strike=skew.call.row.contract.strike,
            call_volatility=_percent(call),
            points=None if put is None or call is None else _percent(put - call),
        )


class RankResponse(ResponseModel):
    """Of the volatility for thirty days among the recorded days of a year; null with a reason."""

    days_recorded: int
    lowest: float | None
    highest: float | None
    iv_rank: Annotated[float, Field(ge=0, le=100)] | None
    iv_percentile: Annotated[float, Field(ge=0, le=100)] | None
    reason: str | None

    @classmethod
    def from_domain(cls, rank: VolatilityRank) -> "RankResponse":
        return cls(
            days_recorded=rank.days,
            lowest=_percent(rank.lowest),
            highest=_percent(rank.highest),
            iv_rank=_rounded(rank.rank),
            iv_percentile=_rounded(rank.percentile),
            reason=rank.reason,
        )


class VolatilityResponse(ResponseModel):
    """`thirty_day_volatility` lies between the two expiries around thirty days."""

    symbol: Underlying
    expiry: CalendarDate
    spot: Amount
    as_of: Instant
    age_s: float
    is_stale: bool
    atm_volatility: float | None
    thirty_day_volatility: float | None
    term_structure: list[TermResponse]
    skew: SkewResponse | None
    history: RankResponse

    @classmethod
    def from_domain(
        cls, found: VolatilityNow, now: datetime, fresh_s: float
    ) -> "VolatilityResponse":
        chain = found.nearest.chain
        return cls(
            symbol=chain.underlying,
            expiry=chain.expiry,
            spot=chain.spot,
            as_of=chain.at,
            age_s=_age(chain.at, now),
            is_stale=_age(chain.at, now) > fresh_s,
            atm_volatility=_percent(found.nearest.money.volatility),
            thirty_day_volatility=_percent(found.thirty_days),
            term_structure=[TermResponse.from_domain(each) for each in found.terms],
            skew=None if found.skew is None else SkewResponse.from_domain(found.skew),
            history=RankResponse.from_domain(found.rank),
        )


def _rows(view: "ChainView", now: datetime) -> list[ChainRowResponse]:
    sides: dict[Decimal, dict[OptionType, OptionResponse]] = {}
    for option in view.options:
        contract = option.row.contract
        sides.setdefault(contract.strike, {})[contract.option_type] = _option(option, now)
    return [
        ChainRowResponse(
            strike=strike,
            call=sides[strike].get(OptionType.CE),
            put=sides[strike].get(OptionType.PE),
        )
        for strike in sorted(sides)
    ]


def _option(option: "ValuedOption", now: datetime) -> OptionResponse:
    quote = option.row.quote
    return OptionResponse(
        symbol=quote.symbol,
        last_price=quote.last_price,
        bid=quote.bid,
        ask=quote.ask,
        bid_quantity=quote.bid_quantity,
        ask_quantity=quote.ask_quantity,
        volume=quote.volume,
        open_interest=quote.open_interest,
        age_s=_age(quote.at, now),
        mid=option.mid,
        implied_volatility=_percent(option.volatility),
        delta=_rounded(option.delta),
        gamma=_rounded(option.gamma, 9),
        theta=_rounded(option.theta),
        vega=_rounded(option.vega),
        rho=_rounded(option.rho),
        status=option.status,
    )


def _age(at: datetime, now: datetime) -> float:
    """Seconds; the exchange's clock may run a little ahead of ours."""
    return round(max((now - at).total_seconds(), 0.0), 3)


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 100.0, 4)


def _rounded(value: float | None, places: int = _PLACES) -> float | None:
    return None if value is None else round(value, places)
