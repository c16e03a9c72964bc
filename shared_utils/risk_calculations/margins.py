"""An ESTIMATE of the margin an exchange asks for index options, from no file but the dated facts.

It follows SPAN as NSE Clearing publishes it: every option is repriced in 16 scenarios (the index
unmoved and moved by 1/3, 2/3 and 3/3 of the price scan range either way, each with volatility up
and down; two extreme moves at a part of their loss), the worst total of the portfolio is the scan
risk, the net option value is taken off, a calendar charge is added. On top come exposure and the
expiry-day extra of every short option, and the premium of what is bought.

It is for a first judgement and for paper accounts. The broker's own basket margin decides where
there is one; `required` therefore carries a buffer of at least a tenth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from shared_utils.domain.errors import MarketDataUnavailable, Unavailable
from shared_utils.domain.instruments import Contract, Side, Underlying
from shared_utils.domain.money import ZERO, to_paisa
from shared_utils.indian_market_utils.facts import MarketFacts, risk_parameter
from shared_utils.indian_market_utils.sessions import session_on
from shared_utils.risk_calculations.margin_scenarios import ScanRules, scan

LEAST_BUFFER = Decimal("0.10")
_YEAR = timedelta(days=365)


class MarginSource(StrEnum):
    """Where a margin comes from; the two are never mixed up."""

    ESTIMATE = "ESTIMATE"
    BROKER = "BROKER"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginParameters:
    """Fractions (0.02 is 2 percent). `buffer` is what `required` adds to the peak."""

    scan: ScanRules
    exposure: Decimal
    expiry_day_extra: Decimal
    calendar_charge: Decimal
    span_multiplier: Decimal
    buffer: Decimal = LEAST_BUFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLeg:
    """`quantity` in units, `premium` in rupees per unit, `years_to_expiry` a fraction of a year.

    `expires_today` is for the calendar to say: it brings the extra and ends the calendar benefit.
    """

    contract: Contract
    side: Side
    quantity: int
    premium: Decimal
    years_to_expiry: float
    expires_today: bool = False

    @property
    def signed_quantity(self) -> int:
        return self.quantity if self.side is Side.BUY else -self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginEstimate:
    """Rupees, all for the new legs on top of what is held.

    `final` is needed once every leg stands; `peak` is the most that is needed on the way, in the
    order the legs were given (hedges first keeps it low); `required` is the peak and the buffer.
    `span`, `exposure`, `expiry_day_extra` and `premium_paid` add up to `final`. `hedge_benefit` is
    what the same legs would need more if each stood alone.
    """

    span: Decimal
    exposure: Decimal
    expiry_day_extra: Decimal
    premium_paid: Decimal
    final: Decimal
    peak: Decimal
    required: Decimal
    hedge_benefit: Decimal
    buffer: Decimal
    source: MarginSource = MarginSource.ESTIMATE


@dataclass(frozen=True, slots=True)
class _Funds:
    span: Decimal = ZERO
    exposure: Decimal = ZERO
    extra: Decimal = ZERO
    premium: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.span + self.exposure + self.extra + self.premium

    def minus(self, other: "_Funds") -> "_Funds":
        return _Funds(
            self.span - other.span,
            self.exposure - other.exposure,
            self.extra - other.extra,
            self.premium - other.premium,
        )


def margin_parameters_on(
    facts: MarketFacts,
    on_day: date,
    *,
    buffer: Decimal = LEAST_BUFFER,
    daily_volatility: float | None = None,
) -> MarginParameters:
    """The dated `risk_parameters` of the day; `daily_volatility` (a fraction) widens the scan.

    Raises `Unavailable` MARKET_FACT_UNKNOWN for a day without them, ValueError for a buffer under
    a tenth.
    """
    if buffer < LEAST_BUFFER:
        raise ValueError(f"The margin buffer must be at least {LEAST_BUFFER}.")

    def fraction(name: str) -> Decimal:
        return risk_parameter(facts, name, on_day) / 100

    return MarginParameters(
        scan=ScanRules(
            price_range=float(fraction("price_scan_range_percentage")),
            long_dated_price_range=float(fraction("price_scan_range_long_dated_percentage")),
            volatility_range=float(fraction("volatility_scan_range_percentage")),
            least_volatility_range=float(fraction("volatility_scan_range_minimum")),
            extreme_multiple=float(risk_parameter(facts, "extreme_move_multiple", on_day)),
            extreme_cover=float(fraction("extreme_move_cover_percentage")),
            daily_volatility=daily_volatility,
        ),
        exposure=fraction("exposure_margin_percentage"),
        expiry_day_extra=fraction("expiry_day_extra_margin_percentage"),
        calendar_charge=fraction("calendar_spread_charge_percentage"),
        span_multiplier=risk_parameter(facts, "span_margin_multiplier", on_day),
        buffer=buffer,
    )


def margin_leg_of(
    facts: MarketFacts,
    contract: Contract,
    *,
    side: Side,
    quantity: int,
    premium: Decimal,
    now: datetime,
    today: date,
) -> MarginLeg:
    """On the trading day `today`; years are those from `now` to the close of the expiry's session.

    Raises Unavailable for an expiry day without a session.
    """
    session = session_on(facts, contract.exchange, contract.expiry)
    if session is None:
        raise Unavailable(f"{contract.expiry.isoformat()} has no session to expire in.")
    return MarginLeg(
        contract=contract,
        side=side,
        quantity=quantity,
        premium=premium,
        years_to_expiry=max((session.closes_at - now) / _YEAR, 0.0),
        expires_today=contract.expiry == today,
    )


def estimate_margin(
    legs: Sequence[MarginLeg],
    *,
    spots: Mapping[Underlying, Decimal],
    rate: float,
    parameters: MarginParameters,
    held: Sequence[MarginLeg] = (),
) -> MarginEstimate:
    """Of `legs`, sent in this order, beside what the account holds already.

    Raises MarketDataUnavailable MARGIN_UNKNOWN when an index price or a premium is missing: an
    unknown margin is not a small one.
    """
    book = _Book(spots, rate, parameters)
    for leg in held:
        book.add(leg)
    before = book.funds()
    peak = alone = ZERO
    for leg in legs:
        book.add(leg)
        peak = max(peak, book.funds().minus(before).total)
        single = _Book(spots, rate, parameters)
        single.add(leg)
        alone += single.funds().total
    added = book.funds().minus(before)
    return MarginEstimate(
        span=to_paisa(added.span),
        exposure=to_paisa(added.exposure),
        expiry_day_extra=to_paisa(added.extra),
        premium_paid=to_paisa(added.premium),
        final=to_paisa(added.total),
        peak=to_paisa(peak),
        required=to_paisa(to_paisa(peak) * (1 + parameters.buffer)),
        hedge_benefit=to_paisa(max(alone - added.total, ZERO)),
        buffer=parameters.buffer,
    )


class _Book:
    """A portfolio that grows leg by leg; what offsets what is decided by `_group`."""

    def __init__(
        self, spots: Mapping[Underlying, Decimal], rate: float, parameters: MarginParameters
    ) -> None:
        self._spots = spots
        self._rate = rate
        self._parameters = parameters
        self._losses: dict[tuple[Underlying, date | None], list[float]] = {}
        self._deltas: dict[Underlying, dict[date, float]] = {}
        self._option_value: dict[tuple[Underlying, date | None], Decimal] = {}
        self._net: dict[str, tuple[MarginLeg, int]] = {}
        self._premium = ZERO

    def add(self, leg: MarginLeg) -> None:
        spot = self._spot_of(leg)
        group = _group(leg)
        scanned = scan(
            leg.contract.option_type,
            strike=float(leg.contract.strike),
            premium=float(leg.premium),
            spot=float(spot),
            years=leg.years_to_expiry,
            rate=self._rate,
            rules=self._parameters.scan,
        )
        quantity = leg.signed_quantity
        losses = self._losses.setdefault(group, [0.0] * len(scanned.losses))
        for index, loss in enumerate(scanned.losses):
            losses[index] += loss * quantity
        value = leg.premium * quantity
        self._option_value[group] = self._option_value.get(group, ZERO) + value
        if not leg.expires_today:
            deltas = self._deltas.setdefault(leg.contract.underlying, {})
            expiry = leg.contract.expiry
            deltas[expiry] = deltas.get(expiry, 0.0) + scanned.delta * quantity
        _, net = self._net.get(leg.contract.symbol, (leg, 0))
        self._net[leg.contract.symbol] = (leg, net + quantity)
        self._premium += max(value, ZERO)

    def funds(self) -> _Funds:
        exposure = extra = span = ZERO
        for leg, net in self._net.values():
            if net < 0:
                notional = self._spot_of(leg) * -net
                exposure += notional * self._parameters.exposure
                if leg.expires_today:
                    extra += notional * self._parameters.expiry_day_extra
        for group, losses in self._losses.items():
            risk = Decimal(max(0.0, *losses)) * self._parameters.span_multiplier
            if group[1] is None:
                risk += self._calendar_charge(group[0])
            span += max(risk - self._option_value[group], ZERO)
        return _Funds(span, exposure, extra, self._premium)

    def _calendar_charge(self, underlying: Underlying) -> Decimal:
        """On the units of delta that offset each other across expiries."""
        deltas = self._deltas.get(underlying, {}).values()
        longs = sum(delta for delta in deltas if delta > 0)
        shorts = -sum(delta for delta in deltas if delta < 0)
        matched = Decimal(min(longs, shorts))
        return self._spots[underlying] * matched * self._parameters.calendar_charge

    def _spot_of(self, leg: MarginLeg) -> Decimal:
        spot = self._spots.get(leg.contract.underlying)
        if spot is None or spot <= 0 or leg.premium < 0:
            raise MarketDataUnavailable(
                f"The margin of {leg.contract.symbol} is not known: "
                "its index price or its premium is missing.",
                code="MARGIN_UNKNOWN",
            )
        return spot


def _group(leg: MarginLeg) -> tuple[Underlying, date | None]:
    """What expires today offsets nothing of a later expiry (NSE, since February 2025)."""
    contract = leg.contract
    return contract.underlying, contract.expiry if leg.expires_today else None
