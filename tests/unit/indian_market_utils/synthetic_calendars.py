"""Market facts with a made-up calendar: any years, any holidays, today's expiry rules."""

import json
from collections.abc import Collection
from datetime import date
from functools import cache

from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from tests.unit.indian_market_utils.conftest import CONFIG


@cache
def _config_text() -> str:
    return CONFIG.read_text(encoding="utf-8")


def synthetic_facts(
    first_year: int, last_year: int, holidays: Collection[date] = ()
) -> MarketFacts:
    """Every year from first to last loaded, with just these holidays and no special sessions."""
    config = json.loads(_config_text())
    config["special_sessions"] = []
    config["market_holidays"] = [
        {
            "from": f"{year}-01-01",
            "year": year,
            "exchanges": ["NSE", "BSE"],
            "complete": True,
            "confidence": "HIGH",
            "source": ["made up"],
            "days": [
                {"date": day.isoformat(), "name": "made up"}
                for day in sorted(holidays)
                if day.year == year
            ],
        }
        for year in range(first_year, last_year + 1)
    ]
    for index in config["indices"].values():
        last = index["monthly_expiry"][-1]
        index["monthly_expiry"] = [{**last, "from": f"{first_year}-01-01"}]
        weekly = index["weekly_expiry"][-1]
        if "to" not in weekly:
            index["weekly_expiry"] = [{**weekly, "from": f"{first_year}-01-01"}]
        for fact in ("listed", "tick_size", "strike_difference"):
            index[fact] = [index[fact][-1] | {"from": f"{first_year}-01-01"}]
        index["strike_difference"][0]["cycle"] = "STANDARD"
    config["trading_sessions"]["regular"] = [
        config["trading_sessions"]["regular"][-1] | {"from": f"{first_year}-01-01"}
    ]
    return facts_from_config(config)
