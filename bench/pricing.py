"""Pricing: how exact and how fast, both engines and vollib in one run, each beside its target.

Ratios travel, microseconds belong to the machine. `run()` takes a few seconds.
"""

import ctypes
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from time import process_time
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from vollib.black import black as vollib_price
from vollib.black.implied_volatility import implied_volatility as vollib_volatility

from shared_utils.domain.instruments import (
    ChainRow,
    Contract,
    Exchange,
    OptionChain,
    OptionType,
    Quote,
    Side,
    Underlying,
)
from shared_utils.domain.legs import PremiumSelection, SelectionType
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import black_76, forward_value
from shared_utils.risk_calculations.pricing_chain import (
    price_chain,
    value_chain,
    volatility_chain,
)
from shared_utils.risk_calculations.quote_checks import QuoteLimits
from shared_utils.risk_calculations.strikes.choices import StrikeMarket
from shared_utils.risk_calculations.strikes.registry import select

Row = tuple[str, float, float | None, str]

RATE = 0.065
INDICES = (26_000.0, 58_000.0, 27_500.0, 13_800.0, 85_000.0)
EXPIRIES = (1 / 365, 7 / 365, 14 / 365, 35 / 365, 91 / 365)
NOW = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
SAMPLE = 500
CHAIN_OPTIONS = 10_000
TRADABLE = 0.05

# At most these parts of vollib's time in the same run, which no slow machine excuses.
SHARES = {"price": 1 / 100, "IV": 1 / 180}

# What MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_ do in a function's environment (malloc.h).
M_TRIM_THRESHOLD, M_TOP_PAD = -1, -2


def run() -> list[Row]:
    """(name, measured, target or None, unit), printed as it goes."""
    rows = [*_accuracy(), *_chain_speed(), *_delta_pick()]
    for name, measured, target, unit in rows:
        beside = "" if target is None else f"target {target:g}"
        print(f"{name:<58} {measured:>12.4g} {unit:<10} {beside}")
    return rows


def _accuracy() -> list[Row]:
    """Implied volatility of tradable out-of-the-money prices, truth with 50 digits."""
    worst = worst_chain = 0.0
    count = 0
    forward = INDICES[0]
    for x in np.linspace(-0.5, 0.5, 21):
        for years in (10 / 525_600, *EXPIRIES, 1.0):
            for sigma in (0.03, 0.08, 0.13, 0.3, 0.6, 1.0, 3.0):
                strike = forward * math.exp(x)
                price = _exact(forward, strike, years, sigma, call=x >= 0)
                if price < TRADABLE:
                    continue
                option_type = OptionType.CE if x >= 0 else OptionType.PE
                solved = implied_volatility(
                    option_type,
                    price=price,
                    forward=forward,
                    strike=strike,
                    years=years,
                    rate=RATE,
                ).volatility
                chain = volatility_chain(
                    [x >= 0],
                    price=price,
                    forward=forward,
                    strike=strike,
                    years=years,
                    rate=RATE,
                ).volatility[0]
                worst = max(worst, abs((solved or math.inf) - sigma))
                worst_chain = max(worst_chain, abs(chain - sigma))
                count += 1
    return [
        (f"greatest IV error of {count} tradable prices, pure Python", worst, 1e-10, "sigma"),
        (f"greatest IV error of {count} tradable prices, numpy", worst_chain, 1e-10, "sigma"),
    ]


def _exact(forward: float, strike: float, years: float, sigma: float, *, call: bool) -> float:
    with mpmath.workdps(50):
        f, k, t, v = (mpmath.mpf(n) for n in (forward, strike, years, sigma))
        total = v * mpmath.sqrt(t)
        d1 = mpmath.log(f / k) / total + total / 2
        sign = 1 if call else -1
        near, far = mpmath.ncdf(sign * d1), mpmath.ncdf(sign * (d1 - total))
        return float(mpmath.exp(-RATE * t) * sign * (f * near - k * far))


def _chain_speed() -> list[Row]:
    _keep_the_heap()
    call, forward, strike, years, sigma = _market_of_ten_thousand()
    price = price_chain(
        call, forward=forward, strike=strike, years=years, volatility=sigma, rate=RATE
    )
    terms: dict[str, Any] = {"forward": forward, "strike": strike, "years": years, "rate": RATE}
    step = CHAIN_OPTIONS // SAMPLE
    sample = [
        (OptionType.CE if c else OptionType.PE, "c" if c else "p", f, k, t, v, p)
        for c, f, k, t, v, p in zip(
            *(a[::step].tolist() for a in (call, forward, strike, years, sigma, price)),
            strict=True,
        )
        if p > TRADABLE
    ]
    raced = _race(
        {
            ("numpy", "price"): lambda: price_chain(call, volatility=sigma, **terms),
            ("numpy", "greeks"): lambda: value_chain(call, volatility=sigma, **terms),
            ("numpy", "IV"): lambda: volatility_chain(call, price=price, **terms),
            ("python", "price"): lambda: [
                forward_value(o, f, k, v * t**0.5) for o, _, f, k, t, v, _ in sample
            ],
            ("python", "greeks"): lambda: [
                black_76(o, forward=f, strike=k, years=t, volatility=v, rate=RATE)
                for o, _, f, k, t, v, _ in sample
            ],
            ("python", "IV"): lambda: [
                implied_volatility(o, price=p, forward=f, strike=k, years=t, rate=RATE)
                for o, _, f, k, t, _, p in sample
            ],
            ("vollib", "price"): lambda: [
                vollib_price(c, f, k, t, RATE, v) for _, c, f, k, t, v, _ in sample
            ],
            ("vollib", "IV"): lambda: [
                vollib_volatility(p, f, k, RATE, t, c) for _, c, f, k, t, _, p in sample
            ],
        }
    )
    scale = CHAIN_OPTIONS / len(sample)
    numpy_us = {what: raced["numpy", what] for what in ("price", "greeks", "IV")}
    python_us = {what: scale * raced["python", what] for what in ("price", "greeks", "IV")}
    vollib_us = {what: scale * raced["vollib", what] for what in ("price", "IV")}
    return _speed_rows(numpy_us, python_us, vollib_us)


def _speed_rows(
    numpy_us: dict[str, float], python_us: dict[str, float], vollib_us: dict[str, float]
) -> list[Row]:
    targets = {"price": 400.0, "greeks": 450.0, "IV": 1300.0}
    rows: list[Row] = []
    for what, measured in numpy_us.items():
        rows.append((f"{what} of 10,000 options, numpy", measured, targets[what], "us CPU"))
        rows.append(
            (f"{what}: pure Python / numpy", python_us[what] / measured, None, "times as long")
        )
        if what in vollib_us:
            share = measured / vollib_us[what]
            rows.append((f"{what}: numpy / vollib", share, SHARES[what], "of its time"))
            share = python_us[what] / vollib_us[what]
            rows.append((f"{what}: pure Python / vollib", share, None, "of its time"))
    return rows


def _market_of_ten_thousand() -> tuple[NDArray[Any], ...]:
    """5 indices x 5 expiries x 200 strikes x CE and PE, on a smile."""
    forward, years, x, call = (
        part.ravel()
        for part in np.meshgrid(
            INDICES, EXPIRIES, np.linspace(-0.12, 0.12, 200), (True, False), indexing="ij"
        )
    )
    sigma = 0.13 - 0.15 * x + 1.5 * x * x
    return call.astype(bool), forward, forward * np.exp(x), years, sigma


def _delta_pick() -> list[Row]:
    """A delta strike out of a chain of 400 rows, as the executor does it: quotes checked too."""
    market = StrikeMarket(
        chain=_chain_of_four_hundred(),
        option_type=OptionType.CE,
        side=Side.SELL,
        years_to_expiry=EXPIRIES[1],
        rate=RATE,
        limits=QuoteLimits(now=NOW, max_age_s=5, max_spread_percentage=Decimal(5)),
    )
    wanted = PremiumSelection(
        type=SelectionType.DELTA_BASED, delta_range=(Decimal("0.15"), Decimal("0.25"))
    )
    return [("a delta strike of 400 rows, pure Python", _pick(wanted, market), 100.0, "us CPU")]


def _pick(wanted: PremiumSelection, market: StrikeMarket) -> float:
    times = 50
    return _best(lambda: [select(wanted, market) for _ in range(times)]) / times


def _chain_of_four_hundred() -> OptionChain:
    spot, tick = INDICES[0], Decimal("0.05")
    rows = []
    for strike in range(21_000, 31_000, 50):
        for option_type in OptionType:
            value = forward_value(option_type, spot, float(strike), 0.13 * EXPIRIES[1] ** 0.5)
            bid = max(Decimal(round(value * 20)) * tick, tick)
            symbol = f"NIFTY26D03{strike}{option_type}"
            contract = Contract(
                underlying=Underlying.NIFTY,
                exchange=Exchange.NSE,
                expiry=date(2026, 12, 3),
                strike=Decimal(strike),
                option_type=option_type,
                lot_size=65,
                tick_size=tick,
                symbol=symbol,
            )
            quote = Quote(
                symbol=symbol,
                last_price=bid,
                bid=bid,
                ask=bid + tick,
                bid_quantity=650,
                ask_quantity=650,
                volume=1,
                open_interest=1,
                lower_circuit=None,
                upper_circuit=None,
                at=NOW,
            )
            rows.append(ChainRow(contract=contract, quote=quote))
    return OptionChain(
        underlying=Underlying.NIFTY,
        expiry=date(2026, 12, 3),
        spot=Decimal(26_000),
        spot_at=NOW,
        rows=tuple(rows),
        at=NOW,
    )


def _race(
    candidates: Mapping[tuple[str, str], Callable[[], object]], rounds: int = 25
) -> dict[tuple[str, str], float]:
    """Least CPU microseconds of one call each, in turn, so that a busy moment hits all alike."""
    least = dict.fromkeys(candidates, math.inf)
    for _ in range(rounds):
        for name, call in candidates.items():
            call()  # the one before has emptied the caches
            least[name] = min(least[name], _once(call))
    return least


def _best(call: Callable[[], object], rounds: int = 25) -> float:
    """Least CPU microseconds of one call: what is left when nothing disturbs."""
    return min(_once(call) for _ in range(rounds))


def _once(call: Callable[[], object]) -> float:
    start = process_time()
    call()
    return (process_time() - start) * 1e6


def _keep_the_heap() -> None:
    """Temporaries of 80 KB are given back to the kernel at each call otherwise: 2.4 times slower.

    Only glibc knows mallopt; elsewhere the figures are those of its allocator.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, 268_435_456)
        mallopt(M_TOP_PAD, 67_108_864)


if __name__ == "__main__":
    run()
