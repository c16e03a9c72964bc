"""What `pricing_chain` does with arrays: shapes made alike, ranges checked, tails of the normal
distribution. numpy works array by array, so a pass saved is time saved.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shared_utils.risk_calculations.scaled_error_functions import (
    CENTRE,
    COEFFICIENTS,
    HALF_ROOT,
    MOST_NEGATIVE,
)

Floats = NDArray[np.float64]

ROOT_TWO = 1.0 / HALF_ROOT

# Coefficients that one product of matrices takes together.
WIDTH = 6

# Runs shorter than this are not worth looking for.
FEW = 64


def arrays_of(is_call: ArrayLike, *floats: ArrayLike) -> tuple[NDArray[Any], ...]:
    """Each in its own shape: what a chain has once (its forward, its time) is worked out once."""
    return (
        np.atleast_1d(np.asarray(is_call, dtype=bool)),
        *(np.asarray(x, dtype=np.float64) for x in floats),
    )


def out_of_range(
    positive: Floats, not_negative: Floats, finite: tuple[Floats, ...], rate: float
) -> Any:
    """Where an argument is out of its range; None if it is nowhere, as in most whole chains."""
    if least(positive) > 0 and least(not_negative) >= 0 and all_finite(rate, not_negative, *finite):
        return None
    bad = ~(positive > 0) | ~(not_negative >= 0) | ~np.isfinite(not_negative + rate)
    for each in finite:
        bad = bad | ~np.isfinite(each)
    return bad


def all_finite(rate: float, *arrays: Floats) -> bool:
    """False also for a finite lot whose sum is not."""
    return isfinite(rate + sum(each.sum() for each in arrays))


def least(values: Floats) -> float:
    """NaN where there is one."""
    return float(np.minimum.reduce(values, axis=None, initial=np.inf))


def alike(*arrays: Floats) -> tuple[Floats, ...]:
    """Of one shape and in one piece: numpy is three times slower across a stretched axis."""
    shape = np.broadcast_shapes((1,), *(each.shape for each in arrays))
    return tuple(each if each.shape == shape else _stretched(each, shape) for each in arrays)


def _stretched(values: Floats, shape: tuple[int, ...]) -> Floats:
    whole = np.empty(shape)
    whole[...] = values
    return whole


def by_run(values: Floats, *functions: Callable[[Floats], Floats]) -> list[Floats]:
    """Each function of the values. Row by row, too, the options of an expiry mostly stand together:
    their time is looked at once.
    """
    if values.ndim == 1 and values.size >= FEW:
        starts = np.flatnonzero(values[1:] != values[:-1]) + 1
        if starts.size <= values.size // FEW:
            starts = np.concatenate(([0], starts))
            counts = np.diff(starts, append=values.size)
            return [np.repeat(function(values[starts]), counts) for function in functions]
    return [function(values) for function in functions]


def sign_of(call: NDArray[np.bool_]) -> Floats:
    return np.where(call, 1.0, -1.0)


def in_rows(coefficients: tuple[float, ...]) -> Floats:
    """Coefficients, highest power first, as those of polynomials of degree 5, lowest first."""
    padded = np.zeros(-(-len(coefficients) // WIDTH) * WIDTH)
    padded[: len(coefficients)] = coefficients[::-1]
    return padded.reshape(-1, WIDTH)


_TAIL = 0.5 * in_rows(COEFFICIENTS)


def polynomials(rows: Floats, x: Floats, over: Floats | float) -> tuple[Floats, Floats]:
    """Each row at x / over, and the sixth power, whose powers the rows are the coefficients of.

    One product of matrices takes a quarter less time than Horner's scheme array by array, which
    reads and writes all of memory twice for each coefficient (Paterson and Stockmeyer, 1973).
    """
    powers = np.empty((WIDTH, *x.shape))
    powers[0] = 1.0
    np.divide(x, over, out=powers[1])
    np.multiply(powers[1], powers[1], out=powers[2])
    np.multiply(powers[2], powers[1], out=powers[3])
    np.multiply(powers[2], powers[2], out=powers[4])
    np.multiply(powers[4], powers[1], out=powers[5])
    product = rows @ powers.reshape(WIDTH, -1)
    return product.reshape(len(rows), *x.shape), powers[3] * powers[3]


def tail(z: Floats) -> Floats:
    """N(-z) exp(z z / 2) for z >= 0: half of erfcx at z over root of 2."""
    a: Floats
    (d, c, b, a), sixth = polynomials(_TAIL, z - ROOT_TWO * CENTRE, z + ROOT_TWO * CENTRE)
    for each in (b, c, d):
        a *= sixth
        a += each
    under = ROOT_TWO * z
    under += 1.0
    a /= under
    return a


def tail_signed(z: Floats) -> Floats:
    value = tail(np.abs(z))
    below = z < 0
    if below.any():
        negative = np.maximum(z[below], ROOT_TWO * MOST_NEGATIVE)
        value[below] = np.exp(0.5 * negative * negative) - value[below]
    return value
