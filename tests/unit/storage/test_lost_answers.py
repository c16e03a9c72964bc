"""A write whose answer is lost is settled by reading: ours, somebody else's, or not known."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from shared_utils.domain.errors import Conflict, Unavailable, VersionMoved
from shared_utils.domain.orders import claim
from tests.factories import NOW
from tests.fake_dynamo import faults
from tests.unit.storage.samples import (
    ME,
    a_basket,
    a_strategy,
    an_active_strategy,
    an_allocation,
    an_execution,
    an_order_of,
    changed,
    later,
)

ORDER = an_order_of(0)
CLAIM = claim(ORDER, by="my-nonce", at=NOW, ends_at=later(30))
LOST = [
    faults.answer_lost(),
    faults.retry_met_own_write(),
    faults.server_fault(),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    ResponseParserError("unreadable"),
]


class Once:
    """A hook that raises at the first write, and lets everything else pass."""

    def __init__(self, fault: BaseException, then=None) -> None:
        self.fault: BaseException | None = fault
        self.then = then

    def __call__(self, call) -> None:
        if call.writes and self.fault is not None:
            fault, self.fault = self.fault, None
            if self.then is not None:
                self.then()
            raise fault


@pytest.fixture
def planned(faulty):
    faulty.orders.plan([ORDER])
    return faulty


@pytest.mark.parametrize("fault", LOST, ids=repr)
def test_a_claim_that_was_written_although_its_answer_was_lost_is_ours(planned, dynamo, fault):
    dynamo.after = Once(fault)

    planned.orders.save(CLAIM)

    assert planned.orders.by_id(ORDER.order_id) == CLAIM


@pytest.mark.parametrize(
    "fault", [faults.answer_lost(), faults.server_fault(), faults.retry_met_own_write()], ids=repr
)
def test_a_claim_that_may_still_arrive_is_not_known(planned, dynamo, fault):
    dynamo.before = Once(fault)

    with pytest.raises(Unavailable):
        planned.orders.save(CLAIM)

    assert planned.orders.by_id(ORDER.order_id) == ORDER


@pytest.mark.parametrize("fault", LOST, ids=repr)
def test_a_claim_that_somebody_else_made_is_not_ours(planned, dynamo, fault):
    theirs = replace(CLAIM, claimed_by="their-nonce")
    dynamo.before = Once(fault, then=lambda: planned.orders.save(theirs))

    with pytest.raises(VersionMoved):
        planned.orders.save(CLAIM)


def test_a_settling_read_that_fails_leaves_it_unknown(planned, dynamo):
    def lost(call) -> None:
        if call.writes:
            raise faults.answer_lost()

    def mute(call) -> None:
        if not call.writes:
            raise faults.throttled("GetItem")

    dynamo.after, dynamo.before = lost, mute

    with pytest.raises(Unavailable):
        planned.orders.save(CLAIM)


def test_a_refusal_at_the_first_attempt_needs_no_reading(planned, dynamo):
    planned.orders.save(CLAIM)
    dynamo.take_usage()

    with pytest.raises(VersionMoved):
        planned.orders.save(replace(CLAIM, claimed_by="late"))

    assert dynamo.take_usage().requests == {"put_item": 1}


def test_an_equal_claim_of_another_process_is_not_taken_for_ours(planned):
    """Without a lost answer, even the same nonce has lost against what is stored."""
    planned.orders.save(CLAIM)

    with pytest.raises(VersionMoved):
        planned.orders.save(CLAIM)


@pytest.mark.parametrize("fault", [faults.throttled(), faults.transaction_conflict(2)], ids=repr)
def test_a_busy_database_changed_nothing_and_says_so(faulty, dynamo, fault):
    dynamo.before = Once(fault)

    with pytest.raises(Unavailable, match="nothing was changed"):
        faulty.baskets.create(a_basket())

    assert faulty.baskets.get(ME, "bsk_1") is None


def test_a_throttled_retry_after_a_lost_answer_is_settled_by_reading(faulty, dynamo):
    code = "ProvisionedThroughputExceededException"
    dynamo.after = Once(faults.client_error(code, "busy", "PutItem", retries=1))

    faulty.baskets.create(a_basket())

    assert faulty.baskets.get(ME, "bsk_1") == a_basket()


def test_a_mistake_of_ours_is_not_dressed_up_as_the_databases(faulty, dynamo):
    dynamo.before = Once(faults.client_error("AccessDeniedException", "no", "PutItem"))

    with pytest.raises(ClientError):
        faulty.baskets.create(a_basket())


def test_reading_from_a_database_that_does_not_answer_is_unavailable(faulty, dynamo):
    def mute(_call) -> None:
        raise faults.answer_lost()

    dynamo.before = mute

    with pytest.raises(Unavailable):
        faulty.baskets.get(ME, "bsk_1")
    with pytest.raises(Unavailable):
        faulty.baskets.mine(ME)
    with pytest.raises(Unavailable):
        faulty.orders.of_execution("exe_1")


# -- transactions


@pytest.mark.parametrize("fault", [faults.answer_lost(), faults.server_fault()], ids=repr)
def test_a_claim_of_an_execution_whose_answer_was_lost_is_ours(faulty, dynamo, fault):
    faulty.strategies.save(an_active_strategy())
    dynamo.after = Once(fault)

    assert faulty.executions.create_claimed(an_execution(), changed(an_active_strategy())) is True


def test_a_retried_claim_that_met_its_own_transaction_is_ours(faulty, dynamo):
    faulty.strategies.save(an_active_strategy())
    met = faults.cancelled([{"Code": "ConditionalCheckFailed"}] * 2)
    met.response["ResponseMetadata"]["RetryAttempts"] = 1
    dynamo.after = Once(met)

    assert faulty.executions.create_claimed(an_execution(), changed(an_active_strategy())) is True


def test_a_claim_whose_strategy_moved_on_after_it_is_still_ours(faulty, dynamo):
    faulty.strategies.save(an_active_strategy())
    after = changed(an_active_strategy())
    dynamo.after = Once(
        faults.answer_lost(), then=lambda: faulty.strategies.save(changed(after, name="New"))
    )

    assert faulty.executions.create_claimed(an_execution(), after) is True


def test_a_claim_that_lost_its_answer_and_the_race_is_not_ours(faulty, dynamo):
    faulty.strategies.save(an_active_strategy())
    theirs = an_execution(created_at=later(3))

    def they_claim() -> None:
        faulty.executions.create_claimed(theirs, changed(an_active_strategy()))

    dynamo.before = Once(faults.answer_lost(), then=they_claim)

    assert faulty.executions.create_claimed(an_execution(), changed(an_active_strategy())) is False
    assert faulty.executions.by_id("exe_1") == theirs


def test_a_transaction_that_may_still_arrive_is_not_known(faulty, dynamo):
    faulty.baskets.create(a_basket())
    dynamo.before = Once(faults.answer_lost())

    with pytest.raises(Unavailable):
        faulty.strategies.create(a_strategy(), a_basket())


def test_intents_whose_answer_was_lost_count_as_planned_by_us(faulty, dynamo):
    dynamo.after = Once(faults.answer_lost())

    assert faulty.orders.plan([an_order_of(0), an_order_of(1)]) == 2
    assert faulty.orders.plan([an_order_of(0), an_order_of(1)]) == 0


def test_allocations_deleted_together_with_a_lost_answer_are_gone(faulty, dynamo):
    faulty.baskets.create(a_basket())
    faulty.strategies.create(a_strategy(), a_basket())
    faulty.allocations.create(an_allocation())
    basket = faulty.baskets.get(ME, "bsk_1")
    dynamo.after = Once(faults.answer_lost())

    ends = faulty.allocations.deletions_of([an_allocation()])
    faulty.strategies.delete(a_strategy(), basket, at=later(1), also=ends)

    assert faulty.allocations.get(ME, "alc_1") is None


def test_a_process_that_dies_after_its_write_leaves_it_written(planned, dynamo):
    dynamo.after = Once(faults.Crash())

    with pytest.raises(faults.Crash):
        planned.orders.save(CLAIM)

    assert planned.orders.by_id(ORDER.order_id) == CLAIM


# -- indexes that lag


def test_a_row_behind_a_lagging_index_is_read_as_it_is_now(planned, dynamo):
    dynamo.hold_indexes()
    planned.orders.save(CLAIM)

    assert planned.orders.by_id(ORDER.order_id) == CLAIM
    assert planned.orders.unsettled_of_account(ORDER.user_id, ORDER.client_id) == (CLAIM,)


def test_a_row_that_an_index_does_not_show_yet_is_found_by_its_key(faulty, dynamo):
    dynamo.hold_indexes()
    faulty.orders.plan([ORDER])

    assert faulty.orders.by_id(ORDER.order_id) is None
    assert faulty.orders.of_execution(ORDER.execution_id) == (ORDER,)
    dynamo.release_indexes()
    assert faulty.orders.by_id(ORDER.order_id) == ORDER


def test_a_claim_from_a_lagging_index_is_refused(faulty, dynamo):
    faulty.strategies.save(an_active_strategy())
    dynamo.hold_indexes()
    faulty.executions.create_claimed(an_execution(), changed(an_active_strategy()))
    (stale,) = faulty.strategies.in_basket(ME, "bsk_1").items

    assert stale == an_active_strategy()
    assert faulty.strategies.by_id("stg_1") == changed(stale)
    with pytest.raises(Conflict):
        faulty.strategies.save(changed(stale, name="From the past"))
