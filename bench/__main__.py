"""`make bench`: everything that has a target, each beside it, in one run of under three minutes."""

import argparse
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    api_times,
    endpoint_costs,
    import_times,
    marketplace_growth,
    money_path,
    pricing,
    pricing_accuracy,
    strike_deviation,
    wire_times,
)
from bench.rows import Row, is_over, table

SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "The money path": money_path.run,
    "Orders side by side over real connections": wire_times.run,
    "API": api_times.run,
    "Each operation of the options platform": endpoint_costs.run,
    "A page while others' baskets grow": marketplace_growth.run,
    "Pricing: how exact": pricing_accuracy.run,
    "Pricing: how fast": pricing.run,
    "Strike choices over a simulated year": strike_deviation.run,
    "Import of each function entry, fresh process, with .pyc": import_times.run,
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path, help="also write the figures to this file")
    wanted = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    began, found = time.monotonic(), {}
    for title, measure in SECTIONS.items():
        print(f"\n{title}", flush=True)
        found[title] = measure()
        print(table(found[title]), flush=True)
    rows = [row for section in found.values() for row in section]
    over = [row[0] for row in rows if is_over(row)]
    held = sum(row[2] is not None for row in rows) - len(over)
    print(f"\n{held} within target, {len(over)} over; {time.monotonic() - began:.0f} s")
    if wanted.json:
        named = [
            {"section": title, "name": name, "measured": measured, "target": target, "unit": unit}
            for title, section in found.items()
            for name, measured, target, unit in section
        ]
        wanted.json.write_text(json.dumps(named, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
