from dataclasses import replace
from datetime import timedelta

from shared_utils.domain.schedules import EventKind
from shared_utils.domain.strategies import StrategyStatus
from shared_utils.indian_market_utils.facts import facts_from_config
from shared_utils.indian_market_utils.schedules import next_event_of
from shared_utils.settings import market_config
from tests.simulation.market import DUE, a_condor

FACTS = facts_from_config(market_config())
BEFORE = DUE - timedelta(hours=1)


def test_an_active_strategy_asks_for_its_entry():
    assert next_event_of(FACTS, a_condor(), BEFORE).kind is EventKind.ENTRY


def test_a_paused_strategy_that_ran_still_asks_for_its_exit():
    paused = replace(a_condor(), status=StrategyStatus.PAUSED, last_executed=DUE)
    event = next_event_of(FACTS, paused, DUE + timedelta(hours=1))
    assert event.kind is EventKind.EXIT
    assert event.at > DUE


def test_a_paused_strategy_that_never_ran_asks_for_nothing():
    paused = replace(a_condor(), status=StrategyStatus.PAUSED)
    assert next_event_of(FACTS, paused, BEFORE) is None


def test_an_archived_strategy_asks_for_nothing():
    archived = replace(a_condor(), status=StrategyStatus.ARCHIVED, last_executed=DUE)
    assert next_event_of(FACTS, archived, BEFORE) is None


def test_a_strategy_started_by_hand_asks_only_for_the_exit_of_what_it_did():
    by_hand = replace(a_condor(), auto_execute=False, last_executed=DUE)
    assert next_event_of(FACTS, by_hand, BEFORE).kind is EventKind.EXIT
