"""How exact both engines are, against mpmath with 50 digits: volatility by regime, price, greeks
and the strike that a delta picks. A number that is wrong and does not say so must not exist.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import mpmath
import numpy as np

from bench.pricing import EXPIRIES, INDICES, NOW, RATE, TRADABLE, a_chain_of_400
from bench.rows import Row
from shared_utils.domain.instruments import OptionType, Side
from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import DAYS_A_YEAR, POINT, black_76
from shared_utils.risk_calculations.pricing_chain import value_chain, volatility_chain
from shared_utils.risk_calculations.quote_checks import QuoteLimits
from shared_utils.risk_calculations.strikes.choices import StrikeMarket
from shared_utils.risk_calculations.strikes.ladders import forward_of_market
from shared_utils.risk_calculations.strikes.registry import select

FORWARD = INDICES[0]
TEN_MINUTES = 10 / 525_600
WRONG = 1e-4
GREEKS = ("price", "delta", "gamma", "vega", "theta", "rho")
DELTAS = tuple(Decimal(hundredths) / 100 for hundredths in range(5, 96, 5))


class Point(NamedTuple):
    """An option, its exact price and greeks, and what both engines say of its volatility."""

    x: float
    call: bool
    years: float
    sigma: float
    exact: tuple[float, ...]
    time_value: float
    python: float | None
    numpy: float | None

    @property
    def distance(self) -> float:
        return abs(self.x)

    @property
    def out_of_the_money(self) -> bool:
        return (self.x >= 0) is self.call

    @property
    def is_tradable(self) -> bool:
        return self.out_of_the_money and self.time_value >= TRADABLE


# The name, what is looked at, above what and up to what.
_REGIMES: tuple[tuple[str, str, float, float], ...] = (
    ("at the money, within 1%", "distance", -1, 0.01),
    ("1% to 10% out of the money", "distance", 0.01, 0.1),
    ("10% to 25% out of the money", "distance", 0.1, 0.25),
    ("25% to 50% out of the money", "distance", 0.25, 1),
    ("ten minutes to expiry", "years", 0, TEN_MINUTES),
    ("one to seven days", "years", TEN_MINUTES, EXPIRIES[1]),
    ("two weeks to a year", "years", EXPIRIES[1], 1),
    ("volatility of 3% to 8%", "sigma", 0, 0.08),
    ("volatility of 13% to 60%", "sigma", 0.08, 0.6),
    ("volatility of 100% and 300%", "sigma", 0.6, 3),
)


def run() -> list[Row]:
    """Prints the tables; the rows are the worst of each."""
    points = _points()
    tradable = [point for point in points if point.is_tradable]
    _print_regimes(tradable)
    errors = _value_errors(tradable)
    print(f"\n  {'greatest relative error, tradable':<44}{'pure Python':>14}{'numpy':>14}")
    for name, (python, numpy) in errors.items():
        print(f"  {name:<44}{python:>14.2g}{numpy:>14.2g}")
    wrong = [sum(_is_wrong(p, said) for p in points) for said in ("python", "numpy")]
    refused = sum(point.python is None for point in points)
    print(f"  of {len(points)} prices {refused} hold no volatility and say so")
    picks, unequal = _delta_picks()
    count, value_error = len(points), [max(error) for error in zip(*errors.values(), strict=True)]
    rows: list[Row] = []
    for number, (engine, name) in enumerate((("python", "pure Python"), ("numpy", "numpy"))):
        worst, wrongs = _worst(tradable, engine), float(wrong[number])
        rows.append((f"greatest IV error of tradable prices, {name}", worst, 1e-10, "sigma"))
        rows.append((f"silent wrong volatilities of {count}, {name}", wrongs, 0.0, "values"))
        error = value_error[number]
        rows.append((f"greatest relative error of a price or greek, {name}", error, None, "of it"))
    differing = f"delta strikes of {picks} that the engines pick differently"
    return [*rows, (differing, unequal, 0.0, "strikes")]


def _points() -> list[Point]:
    """In and out of the money, ten minutes to a year, 3% to 300%."""
    cases = [
        (x, call, years, sigma)
        for x in (*np.linspace(-0.5, 0.5, 21).tolist(), -0.01, 0.005)
        for call in (True, False)
        for years in (TEN_MINUTES, *EXPIRIES, 1.0)
        for sigma in (0.03, 0.08, 0.13, 0.3, 0.6, 1.0, 3.0)
    ]
    exact = [_exact(*case) for case in cases]
    terms = {"forward": FORWARD, "rate": RATE}
    chain = volatility_chain(
        [call for _, call, _, _ in cases],
        price=[values[0] for values, _ in exact],
        strike=[FORWARD * math.exp(x) for x, _, _, _ in cases],
        years=[years for _, _, years, _ in cases],
        **terms,
    ).volatility.tolist()
    return [
        Point(
            *case,
            *truth,
            python=implied_volatility(
                _type_of(case[1]),
                price=truth[0][0],
                strike=FORWARD * math.exp(case[0]),
                years=case[2],
                **terms,
            ).volatility,
            numpy=None if math.isnan(sigma) else sigma,
        )
        for case, truth, sigma in zip(cases, exact, chain, strict=True)
    ]


def _type_of(call: bool) -> OptionType:
    return OptionType.CE if call else OptionType.PE


def _exact(x: float, call: bool, years: float, sigma: float) -> tuple[tuple[float, ...], float]:
    """Price and greeks in the order of GREEKS, and the time value."""
    with mpmath.workdps(50):
        f, k, t, v = (mpmath.mpf(n) for n in (FORWARD, FORWARD * math.exp(x), years, sigma))
        root, sign = mpmath.sqrt(t), 1 if call else -1
        total = v * root
        d1 = mpmath.log(f / k) / total + total / 2
        discount = mpmath.exp(-RATE * t)
        near, far = mpmath.ncdf(sign * d1), mpmath.ncdf(sign * (d1 - total))
        bend = discount * f * mpmath.npdf(d1)
        price = discount * sign * (f * near - k * far)
        values = (
            price,
            discount * sign * near,
            bend / (f * f * total),
            bend * root * POINT,
            (RATE * price - bend * v / (2 * root)) / DAYS_A_YEAR,
            -t * price * POINT,
        )
        time_value = price - discount * max(sign * (f - k), 0)
        return tuple(map(float, values)), float(time_value)


def _worst(points: Sequence[Point], engine: str) -> float:
    return max((_error(point, engine) for point in points), default=0.0)


def _error(point: Point, engine: str) -> float:
    said = getattr(point, engine)
    return math.inf if said is None else abs(said - point.sigma)


def _is_wrong(point: Point, engine: str) -> bool:
    """Said with confidence, and not so."""
    return getattr(point, engine) is not None and _error(point, engine) > WRONG


def _print_regimes(tradable: Sequence[Point]) -> None:
    print(f"\n  {'greatest error of sigma, tradable prices':<44}{'pure Python':>14}{'numpy':>14}")
    for name, what, above, up_to in _REGIMES:
        among = [point for point in tradable if above < getattr(point, what) <= up_to]
        worst = "".join(f"{_worst(among, each):>14.2g}" for each in ("python", "numpy"))
        print(f"  {f'{name} ({len(among)})':<44}{worst}")


def _value_errors(points: Sequence[Point]) -> dict[str, tuple[float, float]]:
    """By greek: of pure Python and of numpy."""
    chain = value_chain(
        [p.call for p in points],
        forward=FORWARD,
        strike=[FORWARD * math.exp(p.x) for p in points],
        years=[p.years for p in points],
        volatility=[p.sigma for p in points],
        rate=RATE,
    )
    found = dict.fromkeys(GREEKS, (0.0, 0.0))
    for number, point in enumerate(points):
        single = black_76(
            _type_of(point.call),
            forward=FORWARD,
            strike=FORWARD * math.exp(point.x),
            years=point.years,
            volatility=point.sigma,
            rate=RATE,
        )
        for greek, exact in zip(GREEKS, point.exact, strict=True):
            said = getattr(single, greek), float(getattr(chain, greek)[number])
            # A theta's two parts may cancel: it is as exact as its greater part.
            scale = abs(exact)
            if greek == "theta":
                scale = max(scale, RATE * point.exact[0] / DAYS_A_YEAR)
            python, numpy = (abs(each - exact) / scale for each in said)
            found[greek] = max(found[greek][0], python), max(found[greek][1], numpy)
    return found


def _delta_picks() -> tuple[int, float]:
    """How many, and of how many the strike is not the same."""
    chain, unequal = a_chain_of_400(), 0
    for option_type in OptionType:
        market = StrikeMarket(
            chain=chain,
            option_type=option_type,
            side=Side.SELL,
            years_to_expiry=EXPIRIES[1],
            rate=RATE,
            limits=QuoteLimits(now=NOW, max_age_s=5, max_spread_percentage=Decimal(500)),
        )
        deltas = _chain_deltas(market)
        for wanted in DELTAS:
            selection = PremiumSelection(
                type=SelectionType.DELTA_BASED, delta_range=(wanted, wanted)
            )
            picked = select(selection, market).contract.strike
            nearest = min(deltas, key=lambda strike: abs(deltas[strike] - float(wanted)))
            unequal += picked != nearest
    return len(OptionType) * len(DELTAS), float(unequal)


def _chain_deltas(market: StrikeMarket) -> dict[Decimal, float]:
    """By strike, the whole chain at once with numpy."""
    rows = [r for r in market.chain.rows if r.contract.option_type is market.option_type]
    mids = [
        float(r.quote.bid + r.quote.ask) / 2
        for r in rows
        if r.quote and r.quote.bid and r.quote.ask
    ]
    strikes = [float(r.contract.strike) for r in rows]
    calls = [market.option_type is OptionType.CE] * len(rows)
    terms = {"forward": forward_of_market(market), "years": market.years_to_expiry}
    sigma = volatility_chain(calls, price=mids, strike=strikes, rate=market.rate, **terms)
    values = value_chain(calls, strike=strikes, volatility=sigma.volatility, rate=0.0, **terms)
    found = zip(rows, np.abs(values.delta).tolist(), strict=True)
    return {row.contract.strike: delta for row, delta in found if not math.isnan(delta)}
