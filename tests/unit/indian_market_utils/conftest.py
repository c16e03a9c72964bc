import json
from pathlib import Path
from typing import Any

import pytest

from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config
from tests.known_facts import as_known_in_november_2026

CONFIG = Path(__file__).parents[3] / "config" / "indian_market_config.json"


@pytest.fixture(scope="session")
def config_text() -> str:
    return CONFIG.read_text(encoding="utf-8")


@pytest.fixture
def config(config_text: str) -> Any:
    """A copy of its own for each test to spoil."""
    return json.loads(config_text)


@pytest.fixture
def config_of_2026(config: Any) -> Any:
    """As the file was in November 2026, before what is added to it later."""
    return as_known_in_november_2026(config)


@pytest.fixture(scope="session")
def shipped_facts(config_text: str) -> MarketFacts:
    """All that the file says today."""
    return facts_from_config(json.loads(config_text))


@pytest.fixture(scope="session")
def facts(config_text: str) -> MarketFacts:
    """As they were known in November 2026."""
    return facts_from_config(as_known_in_november_2026(json.loads(config_text)))
