"""What a bench says: a name, what was measured, the target where there is one, the unit.

A target is the most that is allowed.
"""

from collections.abc import Sequence

Row = tuple[str, float, float | None, str]


def is_over(row: Row) -> bool:
    _, measured, target, _ = row
    return target is not None and measured > target


def table(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        name, measured, target, unit = row
        beside = (
            "" if target is None else f"{'OVER' if is_over(row) else 'ok  '}  target {target:g}"
        )
        lines.append(f"  {name:<66} {measured:>11.4g} {unit:<14} {beside}".rstrip())
    return "\n".join(lines)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
