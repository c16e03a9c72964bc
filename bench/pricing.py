"""Pricing: how fast, both engines, vollib and the textbook in one run, each beside its target.

Ratios travel, microseconds belong to the machine. `run()` takes a few seconds.
"""

import ctypes
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vollib.black import black as vollib_price
from vollib.black.greeks import analytical as vollib_greeks
from vollib.black.implied_volatility import implied_volatility as vollib_volatility

from bench import textbook_pricing
from bench.rows import Row
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

RATE = 0.065
INDICES = (26_000.0, 58_000.0, 27_500.0, 13_800.0, 85_000.0)
EXPIRIES = (1 / 365, 7 / 365, 14 / 365, 35 / 365, 91 / 365)
NOW = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
SAMPLE = 500
CHAIN_OPTIONS = 10_000
OWN_SHAPE = (2, 5, 5, 200)
CALLS_A_TURN = 8
GREEKS = tuple(getattr(vollib_greeks, name) for name in ("delta", "gamma", "vega", "theta", "rho"))
ROUNDS = 300
COUNTS = (1, 4, 16, 50, 100, 200, 400)
TRADABLE = 0.05

# At most these parts of vollib's time in the same run, which no slow machine excuses.
SHARES = {"price": 1 / 100, "greeks": 1 / 385, "IV": 1 / 180}

# What MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_ do in a function's environment (malloc.h).
M_TRIM_THRESHOLD, M_TOP_PAD = -1, -2


def run() -> list[Row]:
    """Prints from how many options on numpy is the faster engine."""
    return [*_chain_speed(), *_crossover(), *_delta_pick()]


def _chain_speed() -> list[Row]:
    _keep_the_heap()
    call, forward, strike, years, sigma = _market_of_ten_thousand()
    price = price_chain(
        call, forward=forward, strike=strike, years=years, volatility=sigma, rate=RATE
    )
    terms: dict[str, Any] = {"forward": forward, "strike": strike, "years": years, "rate": RATE}
    own_call, own_sigma, own = _chains_in_their_own_shape()
    own_price = _own_shape(price)
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
            ("numpy", "price"): lambda: price_chain(own_call, volatility=own_sigma, **own),
            ("numpy", "greeks"): lambda: value_chain(own_call, volatility=own_sigma, **own),
            ("numpy", "IV"): lambda: volatility_chain(own_call, price=own_price, **own),
            ("rows", "price"): lambda: price_chain(call, volatility=sigma, **terms),
            ("rows", "greeks"): lambda: value_chain(call, volatility=sigma, **terms),
            ("rows", "IV"): lambda: volatility_chain(call, price=price, **terms),
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
            ("textbook", "price"): lambda: [
                textbook_pricing.price(o is OptionType.CE, f, k, t, v=v, rate=RATE)
                for o, _, f, k, t, v, _ in sample
            ],
            ("textbook", "IV"): lambda: [
                textbook_pricing.volatility(o is OptionType.CE, p, f, k, t, rate=RATE)
                for o, _, f, k, t, _, p in sample
            ],
            ("vollib", "price"): lambda: [
                vollib_price(c, f, k, t, RATE, v) for _, c, f, k, t, v, _ in sample
            ],
            ("vollib", "greeks"): lambda: [
                greek(c, f, k, t, RATE, v) for _, c, f, k, t, v, _ in sample for greek in GREEKS
            ],
            ("vollib", "IV"): lambda: [
                vollib_volatility(p, f, k, RATE, t, c) for _, c, f, k, t, _, p in sample
            ],
        }
    )
    scale = CHAIN_OPTIONS / len(sample)
    numpy_us = {what: raced["numpy", what] for what in ("price", "greeks", "IV")}
    rows_us = {what: raced["rows", what] for what in ("price", "greeks", "IV")}
    python_us = {what: scale * raced["python", what] for what in ("price", "greeks", "IV")}
    others = {
        name: {what: scale * us for (of, what), us in raced.items() if of == name}
        for name in ("vollib", "textbook")
    }
    return _speed_rows(numpy_us, rows_us, python_us, others)


def _speed_rows(
    numpy_us: dict[str, float],
    rows_us: dict[str, float],
    python_us: dict[str, float],
    others: dict[str, dict[str, float]],
) -> list[Row]:
    targets = {"price": 400.0, "greeks": 450.0, "IV": 1300.0}
    rows: list[Row] = []
    for what, measured in numpy_us.items():
        rows.append((f"{what} of 10,000 options, numpy", measured, targets[what], "us CPU"))
        rows.append((f"{what}: each option a row of its own", rows_us[what], None, "us CPU"))
        rows.append(
            (f"{what}: pure Python / numpy", python_us[what] / measured, None, "times as long")
        )
        for name, theirs in others.items():
            if what in theirs:
                most = SHARES[what] if name == "vollib" else None
                share = measured / theirs[what]
                rows.append((f"{what}: numpy / {name}", share, most, "of its time"))
                share = rows_us[what] / theirs[what]
                rows.append((f"{what}: numpy row by row / {name}", share, most, "of its time"))
                share = python_us[what] / theirs[what]
                rows.append((f"{what}: pure Python / {name}", share, None, "of its time"))
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


def _chains_in_their_own_shape() -> tuple[NDArray[Any], NDArray[Any], dict[str, Any]]:
    """The same options as 25 chains come: all calls and then all puts, a forward and a time for
    each chain, a volatility for each of its strikes.
    """
    call, forward, strike, years, sigma = (_own_shape(part) for part in _market_of_ten_thousand())
    own = {
        "forward": forward[0, ..., :1].copy(),
        "strike": strike[0].copy(),
        "years": years[0, ..., :1].copy(),
        "rate": RATE,
    }
    return call[..., :1, :1, :1].copy(), sigma[0].copy(), own


def _own_shape(part: NDArray[Any]) -> NDArray[Any]:
    return np.moveaxis(part.reshape(*OWN_SHAPE[1:], 2), -1, 0).copy()


def _crossover() -> list[Row]:
    """The fewest options of those tried for which numpy takes less time, import not counted."""
    call, forward, strike, years, sigma = (part[100:500] for part in _market_of_ten_thousand())
    price = price_chain(
        call, forward=forward, strike=strike, years=years, volatility=sigma, rate=RATE
    )
    candidates: dict[tuple[str, str], Callable[[], object]] = {}
    for count in COUNTS:
        part = slice(0, count)
        f, k, t, p = forward[part], strike[part], years[part], price[part]
        singles = list(zip(call[part].tolist(), f, k, t, p, strict=True))
        candidates["numpy", str(count)] = partial(
            volatility_chain, call[part], price=p, forward=f, strike=k, years=t, rate=RATE
        )
        candidates["python", str(count)] = partial(_volatilities, singles)
    raced = _race(candidates)
    print(f"\n  {'options':<12}{'pure Python, us':>18}{'numpy, us':>12}   (implied volatility)")
    for count in COUNTS:
        python, numpy = raced["python", str(count)], raced["numpy", str(count)]
        print(f"  {count:<12}{python:>18.0f}{numpy:>12.0f}")
    ahead = [n for n in COUNTS if raced["numpy", str(n)] < raced["python", str(n)]]
    return [("IV: numpy is faster from so many options on", min(ahead), None, "options")]


def _volatilities(options: list[tuple[bool, float, float, float, float]]) -> None:
    for call, forward, strike, years, price in options:
        implied_volatility(
            OptionType.CE if call else OptionType.PE,
            price=price,
            forward=forward,
            strike=strike,
            years=years,
            rate=RATE,
        )


def _delta_pick() -> list[Row]:
    """A delta strike out of a chain of 400 rows, as the executor does it: quotes checked too."""
    market = StrikeMarket(
        chain=a_chain_of_400(),
        option_type=OptionType.CE,
        side=Side.SELL,
        years_to_expiry=EXPIRIES[1],
        rate=RATE,
        limits=QuoteLimits(now=NOW, max_age_s=5, max_spread_percentage=Decimal(5)),
    )
    times = 20
    wanted = PremiumSelection(
        type=SelectionType.DELTA_BASED, delta_range=(Decimal("0.15"), Decimal("0.25"))
    )
    again = _best(lambda: [select(wanted, market) for _ in range(times)]) / times
    first = min(_once(partial(select, wanted, _read_anew(market))) for _ in range(ROUNDS))
    return [
        ("a delta strike of 400 rows, pure Python", again, 100.0, "us CPU"),
        ("the first of a chain, which sorts it too", first, None, "us CPU"),
    ]


def _read_anew(market: StrikeMarket) -> StrikeMarket:
    return replace(market, chain=replace(market.chain))


def a_chain_of_400() -> OptionChain:
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
            least[name] = min(least[name], *(_once(call) for _ in range(CALLS_A_TURN)))
    return least


def _best(call: Callable[[], object], rounds: int = ROUNDS) -> float:
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
