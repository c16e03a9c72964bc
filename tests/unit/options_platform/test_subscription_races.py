"""Who comes at the same moment: the last place is taken once, and what is pinned, counted and
recorded agrees, also when the database's answer is lost.
"""

import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lambda_functions.options_platform.subscription_manager.subscription_plans import (
    SubscriptionSpec,
)
from shared_utils.domain.errors import DomainError
from shared_utils.domain.subscription_events import Cause
from tests.fake_dynamo.client import Call
from tests.fake_dynamo.faults import answer_lost
from tests.fake_dynamo.tables import table_name
from tests.unit.options_platform.conftest import Platform
from tests.unit.options_platform.test_publishing import FREE, a_published, published_again
from tests.unit.options_platform.test_subscriptions import a_service, counts, path_of, subscribed
from tests.unit.options_platform.test_versions import changes, consent, history

RIVALS = 9


def at_once(*steps: Callable[[], object]) -> Counter[str]:
    """How each of them ends: "done", or the code of its refusal."""
    ends: list[str] = []
    together = threading.Barrier(len(steps))

    def run(step: Callable[[], object]) -> None:
        together.wait()
        try:
            step()
            ends.append("done")
        except DomainError as refusal:
            ends.append(refusal.code)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


def overtaken_by(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, step: Callable[[], object]
) -> None:
    """`step` happens between the next request's reads and its write."""
    write, waiting = platform.dynamo.transact_write_items, [step]

    def late(**request: Any) -> Any:
        if waiting:
            waiting.pop()()
        return write(**request)

    monkeypatch.setattr(platform.dynamo, "transact_write_items", late)


@pytest.mark.parametrize("places", [1, 2])
def test_of_all_who_race_for_the_last_places_so_many_get_in_as_there_are(
    platform: Platform, places: int
):
    basket_id = a_published(platform, terms={**FREE, "max_subscribers": places})
    service, spec = a_service(platform), SubscriptionSpec(investment_amount=Decimal(100))

    def joins(number: int) -> Callable[[], object]:
        cause = Cause(actor=f"rival-{number}", request_id=f"request-{number}")
        return lambda: service.subscribe(cause, basket_id, spec)

    ends = at_once(*(joins(number) for number in range(RIVALS)))
    assert ends == {"done": places, "BASKET_FULL": RIVALS - places}
    assert counts(platform, basket_id) == (places, 100 * places)
    records = platform.dynamo.rows(table_name("subscription-events"))
    assert len(records) == places
    assert len(service.subscriptions.of_basket(basket_id)) == places


def test_a_place_whose_answer_is_lost_is_taken_once_and_recorded_once(platform: Platform):
    basket_id = a_published(platform)
    lost: list[int] = []

    def lose(call: Call) -> None:
        if call.operation == "transact_write_items" and not lost:
            lost.append(call.number)
            raise answer_lost()

    platform.dynamo.after = lose
    made = subscribed(platform, basket_id, investment_amount=100)
    assert lost
    assert counts(platform, basket_id) == (1, 100)
    assert history(platform, made) == [(1, "SUBSCRIBED")]


def test_consent_that_is_overtaken_by_leaving_is_refused_and_leaves_no_record(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id, investment_amount=100)
    published_again(platform, basket_id)
    overtaken_by(platform, monkeypatch, lambda: platform.call("DELETE", path_of(made)))
    late = consent(platform, made, 2)
    assert (late.status, late.error["code"]) == (409, "SUBSCRIPTION_ENDED")
    assert [kind for _, kind in history(platform, made)] == ["CANCELLED", "SUBSCRIBED"]
    assert counts(platform, basket_id) == (0, 0)


def test_consent_that_is_overtaken_by_a_publication_is_to_what_was_read(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id, 250)
    overtaken_by(platform, monkeypatch, lambda: published_again(platform, basket_id, 300))
    given = consent(platform, made, 2).body
    assert (given["basket_version"], given["latest_version"]) == (2, 3)
    assert given["consent_needed"] is True
    assert len(changes(platform, made)["changes"]) == 1


def test_consent_given_twice_at_once_is_recorded_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    basket_id = a_published(platform)
    made = subscribed(platform, basket_id)
    published_again(platform, basket_id)
    overtaken_by(platform, monkeypatch, lambda: consent(platform, made, 2))
    assert consent(platform, made, 2).body["basket_version"] == 2
    assert [kind for _, kind in history(platform, made)] == ["CONSENTED", "SUBSCRIBED"]
    assert counts(platform, basket_id) == (1, 0)
