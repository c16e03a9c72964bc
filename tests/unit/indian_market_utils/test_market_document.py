"""The examples of `docs/market.md`, taken from the page and put into the configuration."""

import copy
import json
import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.domain.legs import ExpiryType
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.indian_market_utils.contracts import lot_size_of
from shared_utils.indian_market_utils.expiries import expiry_for
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.indian_market_utils.sessions import at_ist, is_open, is_trading_day
from tests.known_facts import as_known_in_november_2026

DOCUMENT = Path(__file__).parents[3] / "docs" / "market.md"


@pytest.fixture
def examples() -> list[list[dict[str, object]]]:
    text = DOCUMENT.read_text(encoding="utf-8")
    return [json.loads(f"[{block}]") for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def the_example(examples, field, value):
    """The example whose first entry has `field` equal to `value`."""
    return next(entries for entries in examples if entries[0].get(field) == value)


def test_next_years_holidays_open_next_year(config_of_2026, examples):
    config_of_2026["market_holidays"][-1:] = the_example(examples, "year", 2027)
    facts = facts_from_config(config_of_2026)
    assert not is_trading_day(facts, Exchange.NSE, date(2027, 1, 26))
    chosen = expiry_for(facts, Underlying.NIFTY, ExpiryType.WEEKLY, on_day=date(2027, 1, 20))
    assert chosen == date(2027, 1, 25)


def test_the_muhurat_hour_opens_when_its_times_are_known(config_of_2026, examples):
    config_of_2026["special_sessions"][-1:] = the_example(examples, "kind", "MUHURAT")
    facts = facts_from_config(config_of_2026)
    assert is_open(facts, Exchange.NSE, at_ist(date(2026, 11, 8), time(18, 30)))
    assert not is_trading_day(facts, Exchange.NSE, date(2026, 11, 8))


def test_a_new_lot_begins_with_the_contracts_it_names(config_of_2026, examples):
    config_of_2026["market_holidays"][-1:] = the_example(examples, "year", 2027)
    config_of_2026["indices"]["NIFTY"]["lot_size"] += the_example(examples, "cycle", "WEEKLY")
    facts = facts_from_config(config_of_2026)

    def lot(expiry: date, on_day: date) -> int:
        return lot_size_of(facts, Underlying.NIFTY, expiry, on_day)

    today = date(2027, 3, 30)
    assert lot(date(2027, 3, 30), today) == 65
    assert lot(date(2027, 4, 6), today) == 70
    assert lot(date(2027, 4, 27), today) == 70
    assert lot(date(2027, 6, 29), today) == 65
    assert lot(date(2027, 6, 29), date(2027, 3, 31)) == 70


def test_a_new_tax_rate_holds_from_its_day(config_of_2026, examples):
    config_of_2026["charges"]["stt_on_sale"] += the_example(examples, "value", "0.002")
    charges = facts_from_config(config_of_2026).charges
    for day, rate in ((date(2028, 3, 31), "0.0015"), (date(2028, 4, 1), "0.002")):
        rates = charge_rates_on(charges, Exchange.NSE, BrokerName.ZERODHA, day)
        assert rates.stt_on_sale == Decimal(rate)


def test_all_that_the_page_teaches_may_stand_in_the_file_together_and_what_was_known_stays(
    config, examples
):
    """Whoever has followed every recipe runs these tests: they must not stand in his way."""
    was = as_known_in_november_2026(config)
    now = copy.deepcopy(was)
    now["market_holidays"][-1:] = the_example(examples, "year", 2027)
    now["special_sessions"][-1:] = the_example(examples, "kind", "MUHURAT")
    now["indices"]["NIFTY"]["lot_size"] += the_example(examples, "cycle", "WEEKLY")
    now["charges"]["stt_on_sale"] += the_example(examples, "value", "0.002")

    assert facts_from_config(now) != facts_from_config(was)
    known = as_known_in_november_2026(now)
    assert (known["indices"], known["charges"]) == (was["indices"], was["charges"])
    assert known["special_sessions"][-1]["start"] is None
    assert [block["complete"] for block in known["market_holidays"]] == [True, True, True, False]
