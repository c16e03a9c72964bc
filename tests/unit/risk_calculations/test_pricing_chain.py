"""The numpy engine is the pure Python one, array by array."""

import ast
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared_utils.domain.instruments import OptionType
from shared_utils.risk_calculations import pricing_chain
from shared_utils.risk_calculations.implied_volatility import implied_volatility
from shared_utils.risk_calculations.pricing import black_76
from shared_utils.risk_calculations.pricing_chain import (
    PRICE_STATUSES,
    VOLATILITY_STATUSES,
    price_chain,
    value_chain,
    volatility_chain,
)

RATE = 0.065
STRIKES = [1.0, 13000.0, 24000.0, 25900.0, 26000.0, 26000.001, 26100.0, 28500.0, 52000.0, 1e7]
YEARS = [-0.1, 0.0, 1e-9, 10 / 525_600, 1 / 365, 7 / 365, 0.25, 2.0]
SIGMAS = [0.0, 0.03, 0.13, 0.5, 3.0]
GRID = [
    (option_type, strike, years, sigma)
    for option_type in OptionType
    for strike in STRIKES
    for years in YEARS
    for sigma in SIGMAS
]
FORWARD = 26000.0
CALLS = np.array([row[0] is OptionType.CE for row in GRID])
K, T, V = (np.array([row[n] for row in GRID]) for n in (1, 2, 3))


def same(left: float | None, right: float, tolerance: float) -> bool:
    if left is None:
        return math.isnan(right)
    return abs(left - right) <= tolerance * max(1.0, abs(left))


def test_both_engines_give_the_same_prices_greeks_and_statuses():
    chain = value_chain(CALLS, forward=FORWARD, strike=K, years=T, volatility=V, rate=RATE)
    for index, (option_type, strike, years, sigma) in enumerate(GRID):
        one = black_76(
            option_type, forward=FORWARD, strike=strike, years=years, volatility=sigma, rate=RATE
        )
        where = (option_type, strike, years, sigma)
        assert PRICE_STATUSES[chain.status[index]] is one.status, where
        # Values grow with the forward and shrink with time: the tolerance is of that scale.
        for name in ("price", "delta", "gamma", "vega", "theta", "rho"):
            scalar, array = getattr(one, name), float(getattr(chain, name)[index])
            assert same(scalar, array, 2e-11), (*where, name, scalar, array)


def test_both_engines_solve_the_same_volatilities_with_the_same_statuses():
    prices = price_chain(CALLS, forward=FORWARD, strike=K, years=T, volatility=V, rate=RATE)
    for nudge in (0.0, 0.01, -0.01, 3e4):
        asked = prices + nudge
        chain = volatility_chain(CALLS, price=asked, forward=FORWARD, strike=K, years=T, rate=RATE)
        for index, (option_type, strike, years, _) in enumerate(GRID):
            one = implied_volatility(
                option_type,
                price=float(asked[index]),
                forward=FORWARD,
                strike=strike,
                years=years,
                rate=RATE,
            )
            where = (option_type, strike, years, float(asked[index]))
            assert VOLATILITY_STATUSES[chain.status[index]] is one.status, where
            allowed = 1e-13 + 16.0 * (one.uncertainty or 0.0)
            assert same(one.volatility, float(chain.volatility[index]), allowed), where


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_one_bad_row_spoils_no_other(bad):
    strikes = np.array([26000.0, bad, 26100.0])
    values = value_chain(
        True, forward=FORWARD, strike=strikes, years=0.02, volatility=0.13, rate=RATE
    )
    assert [PRICE_STATUSES[code] for code in values.status] == ["OK", "BAD_INPUT", "OK"]
    assert np.isnan(values.delta).tolist() == [False, True, False]
    solved = volatility_chain(
        True, price=[200.0, bad, 150.0], forward=FORWARD, strike=26000.0, years=0.02, rate=RATE
    )
    assert [VOLATILITY_STATUSES[code] for code in solved.status] == ["OK", "BAD_INPUT", "OK"]
    assert np.isnan(solved.volatility).tolist() == [False, True, False]


def test_only_the_chain_engine_may_import_numpy():
    """The executor prices with the rest of the room and must not pay for numpy's import."""
    room = Path(pricing_chain.__file__).parent
    importing = {
        path.name for path in room.rglob("*.py") if "numpy" in _imports(ast.parse(path.read_text()))
    }
    assert importing == {"pricing_chain.py", "chain_arrays.py"}


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
            if (node.module or "").endswith(("_chain", "chain_arrays")):
                found.add("numpy")
    return found


@pytest.mark.parametrize("sigma", [0.0, 0.13, math.nan])
def test_a_chain_in_its_own_shape_is_the_same_as_row_by_row(sigma):
    """A forward and a time per expiry, a volatility per strike, all calls before all puts."""
    expiries = np.array([[0.0], [7 / 365], [0.25]])
    forwards = FORWARD * np.exp(0.06 * expiries)
    strikes = np.array([24000.0, 26000.0, 26500.0])
    sigmas = np.array([0.13, sigma, 0.2])
    own: dict[str, Any] = {
        "forward": forwards,
        "strike": strikes,
        "years": expiries,
        "rate": RATE,
    }
    calls = np.array([[[True]], [[False]]])
    shape = (2, 3, 3)
    rows: dict[str, Any] = {
        name: value if name == "rate" else np.broadcast_to(value, shape).ravel()
        for name, value in own.items()
    }
    row_calls = np.broadcast_to(calls, shape).ravel()
    row_sigmas = np.broadcast_to(sigmas, shape).ravel()

    values = value_chain(calls, volatility=sigmas, **own)
    implied = volatility_chain(calls, price=values.price, **own)
    row_values = value_chain(row_calls, volatility=row_sigmas, **rows)
    row_implied = volatility_chain(row_calls, price=values.price.ravel(), **rows)
    arrays: list[Any] = [*values, *implied]
    for found, expected in zip(arrays, (*row_values, *row_implied), strict=True):
        assert found.shape == shape
        np.testing.assert_array_equal(found.ravel(), expected)


@pytest.mark.parametrize("calls", [True, [True, False]])
def test_one_strike_is_a_chain_too(calls):
    values = value_chain(
        calls, forward=FORWARD, strike=25900.0, years=0.02, volatility=0.13, rate=RATE
    )
    one = black_76(
        OptionType.CE, forward=FORWARD, strike=25900.0, years=0.02, volatility=0.13, rate=RATE
    )
    assert values.price.shape == np.atleast_1d(calls).shape
    assert same(one.price, float(values.price[0]), 1e-12)
    solved = volatility_chain(
        calls, price=values.price, forward=FORWARD, strike=25900.0, years=0.02, rate=RATE
    )
    assert solved.volatility.tolist() == pytest.approx([0.13] * values.price.size)


def test_a_chain_of_no_rows_is_no_trouble():
    empty = np.array([])
    assert price_chain(
        empty, forward=FORWARD, strike=empty, years=0.02, volatility=0.1, rate=RATE
    ).shape == (0,)
    solved = volatility_chain(
        empty, price=empty, forward=FORWARD, strike=empty, years=0.02, rate=RATE
    )
    assert solved.volatility.shape == (0,)
