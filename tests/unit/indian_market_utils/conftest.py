import json
from pathlib import Path
from typing import Any

import pytest

from shared_utils.indian_market_utils.facts import MarketFacts, facts_from_config

CONFIG = Path(__file__).parents[3] / "config" / "indian_market_config.json"


@pytest.fixture(scope="session")
def config_text() -> str:
    return CONFIG.read_text(encoding="utf-8")


@pytest.fixture
def config(config_text: str) -> Any:
    """A copy of its own for each test to spoil."""
    return json.loads(config_text)


@pytest.fixture(scope="session")
def facts(config_text: str) -> MarketFacts:
    return facts_from_config(json.loads(config_text))
