import copy
import json
from datetime import date
from decimal import Decimal

import pytest

from shared_utils.domain.broker_accounts import BrokerName
from shared_utils.domain.errors import Unavailable
from shared_utils.domain.instruments import Exchange, Underlying
from shared_utils.indian_market_utils.charge_facts import charge_rates_on
from shared_utils.indian_market_utils.facts import facts_from_config, risk_parameter

TODAY = date(2026, 11, 23)


def test_the_fields_of_the_design_document_exist(config):
    for index in Underlying:
        entry = config["indices"][index]
        for field in (
            "lot_size",
            "weekly_expiry",
            "monthly_expiry",
            "strike_difference",
            "tick_size",
        ):
            assert entry[field]
    assert set(config["trading_sessions"]) == {"pre_market", "regular", "post_market"}
    assert config["market_holidays"]
    for name in (
        "span_margin_multiplier",
        "exposure_margin_percentage",
        "max_position_concentration",
        "intraday_margin_benefit",
        "delivery_margin_requirement",
    ):
        assert config["risk_parameters"][name]


def _entries(node):
    if isinstance(node, dict):
        if "from" in node or "kind" in node:
            yield node
        for value in node.values():
            yield from _entries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value)


def test_every_dated_entry_names_its_source_and_confidence(config):
    entries = list(_entries(config))
    assert len(entries) > 150
    for entry in entries:
        assert entry["source"], entry
        assert entry["confidence"] in {"HIGH", "MEDIUM", "UNCONFIRMED"}, entry


def test_every_source_key_in_short_form_is_explained(config):
    for entry in _entries(config):
        for source in entry["source"]:
            if len(source) <= 3:
                assert source in config["sources"], source


def test_no_binary_float_is_in_the_configuration(config_text):
    def refuse_float(text):
        pytest.fail(f"a float: {text}")

    json.loads(config_text, parse_float=refuse_float)


def _without(config, *path):
    node = config
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]


def _set(config, value, *path):
    node = config
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("indices", "NIFTY", "lot_size"), "config.indices.NIFTY.lot_size is missing"),
        (("indices", "SENSEX"), "config.indices.SENSEX is missing"),
        (("trading_sessions", "regular"), "config.trading_sessions.regular is missing"),
        (("market_holidays",), "config.market_holidays is missing"),
        (("charges", "gst"), "config.charges.gst is missing"),
        (
            ("risk_parameters", "span_margin_multiplier"),
            "config.risk_parameters.span_margin_multiplier is missing",
        ),
        (
            ("indices", "NIFTY", "lot_size", 0, "source"),
            "config.indices.NIFTY.lot_size[0].source is missing",
        ),
    ],
)
def test_a_missing_fact_is_refused_by_its_path(config, path, named):
    _without(config, *path)
    with pytest.raises(Unavailable, match=named.replace("[", r"\[")) as refused:
        facts_from_config(config)
    assert refused.value.code == "MARKET_CONFIG_INVALID"
    assert refused.value.details[0].field.startswith("config.")


@pytest.mark.parametrize(
    ("value", "path", "named"),
    [
        (0.05, ("indices", "NIFTY", "tick_size", 0, "value"), "must be a text"),
        ("-1", ("indices", "NIFTY", "tick_size", 0, "value"), "at least 0"),
        ("NaN", ("indices", "NIFTY", "tick_size", 0, "value"), "at least 0"),
        ("0", ("indices", "NIFTY", "tick_size", 0, "value"), "above zero"),
        ("0,05", ("indices", "NIFTY", "tick_size", 0, "value"), "a decimal number in quotes"),
        ("FAR", ("indices", "NIFTY", "strike_difference", 0, "cycle"), "FAR"),
        ([], ("indices", "NIFTY", "lot_size"), "at least one entry"),
        ("09:15+05:30", ("trading_sessions", "regular", 0, "start"), "carries no zone"),
        (True, ("indices", "NIFTY", "lot_size", 0, "value"), "whole number"),
        (0, ("indices", "NIFTY", "lot_size", 0, "value"), "whole number"),
        ("FORTNIGHTLY", ("indices", "NIFTY", "lot_size", 0, "cycle"), "FORTNIGHTLY"),
        ("TUESDY", ("indices", "NIFTY", "weekly_expiry", 0, "value"), "TUESDY"),
        ("TUESDAY", ("indices", "NIFTY", "monthly_expiry", 0, "value"), "LAST_TUESDAY"),
        ("BSE", ("indices", "NIFTY", "exchange"), "must be NSE"),
        ("CERTAIN", ("indices", "NIFTY", "tick_size", 0, "confidence"), "CERTAIN"),
        ([], ("indices", "NIFTY", "tick_size"), "at least one entry"),
        ([], ("indices", "NIFTY", "tick_size", 0, "source"), "at least one source"),
        ("2026-13-01", ("indices", "NIFTY", "tick_size", 0, "from"), "must be a day"),
        ("2020-01-01", ("indices", "NIFTY", "tick_size", 0, "to"), "not be before from"),
        ("9.15", ("trading_sessions", "regular", 0, "start"), "must be a time"),
        ("16:00", ("trading_sessions", "regular", 0, "start"), "must be after start"),
        ("2025-01-26", ("market_holidays", 2, "days", 0, "date"), "a new day of 2026"),
        ("yes", ("market_holidays", 2, "complete"), "true or false"),
        ("Europe/London", ("timezone",), "Asia/Kolkata"),
        (2, ("schema_version",), "must be 1"),
        ("MCX", ("market_holidays", 0, "exchanges", 0), "MCX"),
        (None, ("special_sessions", 0, "end"), "both start and end"),
        ([], ("indices",), "must be an object"),
        ({}, ("market_holidays",), "must be a list"),
        ({}, ("indices", "GOLD"), "config.indices.GOLD is not a known field"),
        ([], ("holidays",), "config.holidays is not a known field"),
        (50, ("indices", "NIFTY", "lot_size", 0, "lots"), "is not a known field"),
    ],
)
def test_a_malformed_fact_is_refused(config, value, path, named):
    _set(config, value, *path)
    with pytest.raises(Unavailable) as refused:
        facts_from_config(config)
    assert refused.value.code == "MARKET_CONFIG_INVALID"
    assert named in refused.value.message


def test_entries_out_of_order_are_refused(config):
    config["trading_sessions"]["regular"].reverse()
    with pytest.raises(Unavailable, match="out of order"):
        facts_from_config(config)
    config["trading_sessions"]["regular"].reverse()
    config["indices"]["NIFTY"]["lot_size"].reverse()
    with pytest.raises(Unavailable, match="in order of from"):
        facts_from_config(config)


def test_the_facts_do_not_change_with_the_dictionary_they_came_from(config):
    facts = facts_from_config(config)
    before = copy.deepcopy(config)
    config.clear()
    assert facts_from_config(before) == facts


def test_risk_parameters_are_dated(facts):
    extra = "expiry_day_extra_margin_percentage"
    assert risk_parameter(facts, extra, date(2024, 11, 19)) == 0
    assert risk_parameter(facts, extra, date(2024, 11, 20)) == 2
    assert risk_parameter(facts, "max_position_concentration", TODAY) == 25
    with pytest.raises(Unavailable) as unknown:
        risk_parameter(facts, "moon_phase", TODAY)
    assert unknown.value.code == "MARKET_FACT_UNKNOWN"


@pytest.mark.parametrize(
    ("day", "stt", "transaction", "protection"),
    [
        (date(2024, 10, 1), "0.001", "0.0003503", "0.000005"),
        (date(2026, 2, 28), "0.001", "0.0003503", "0.000005"),
        (date(2026, 3, 1), "0.001", "0.0003552", "0.0000001"),
        (date(2026, 3, 31), "0.001", "0.0003552", "0.0000001"),
        (date(2026, 4, 1), "0.0015", "0.0003552", "0.0000001"),
    ],
)
def test_nse_charges_change_on_their_days(facts, day, stt, transaction, protection):
    rates = charge_rates_on(facts.charges, Exchange.NSE, BrokerName.ZERODHA, day)
    assert rates.stt_on_sale == Decimal(stt)
    assert rates.exchange_transaction == Decimal(transaction)
    assert rates.investor_protection == Decimal(protection)
    assert rates.exchange_transaction + rates.investor_protection in {
        Decimal("0.0003553"),
        Decimal("0.0003552") + Decimal("0.0000001"),
    }
    assert (rates.gst, rates.brokerage_per_order) == (Decimal("0.18"), Decimal(20))


def test_bse_charges_and_stt_on_exercise(facts):
    rates = charge_rates_on(facts.charges, Exchange.BSE, BrokerName.PAPER, TODAY)
    assert rates.exchange_transaction == Decimal("0.000325")
    assert rates.stt_on_exercise == Decimal("0.0015")
    assert rates.stamp_duty_on_purchase == Decimal("0.00003")
    assert rates.sebi_fee == Decimal("0.000001")


def test_an_unknown_brokerage_is_not_free(facts):
    with pytest.raises(Unavailable, match="brokerage of finvasia"):
        charge_rates_on(facts.charges, Exchange.NSE, BrokerName.FINVASIA, TODAY)
