"""Black-76 as a textbook prints it: what the engines are compared with, right in the middle and
wrong at the edges.
"""

import math

NEWTON_STEPS = 30
NOTHING = 1e-12


def price(call: bool, f: float, k: float, t: float, *, v: float, rate: float) -> float:
    total = v * math.sqrt(t)
    d1 = math.log(f / k) / total + total / 2
    sign = 1 if call else -1
    worth = sign * (f * _normal(sign * d1) - k * _normal(sign * (d1 - total)))
    return math.exp(-rate * t) * worth


def volatility(call: bool, p: float, f: float, k: float, t: float, *, rate: float) -> float:
    """Newton's steps from 20%; wherever they end."""
    v = 0.2
    for _ in range(NEWTON_STEPS):
        total = v * math.sqrt(t)
        d1 = math.log(f / k) / total + total / 2
        vega = math.exp(-rate * t - d1 * d1 / 2) * f * math.sqrt(t / (2 * math.pi))
        if vega < NOTHING:
            break
        step = (price(call, f, k, t, v=v, rate=rate) - p) / vega
        v = max(v - step, 1e-6)
        if abs(step) < NOTHING:
            break
    return v


def _normal(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))
