"""What every payment provider must keep, whoever stands behind it: each key moves money once."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from shared_utils.payments.catalogue import PROVIDERS
from shared_utils.payments.ports import (
    Declined,
    Outcome,
    Paid,
    PaymentProvider,
    PaymentRequest,
    Pending,
    ProviderUnavailable,
)
from tests.payment_providers import DECLINED, LOST, PAID, PENDING, UNREACHED, ScriptedProvider

REQUEST = PaymentRequest(
    key="inv_1-1",
    amount=Decimal("999.00"),
    user_id="user-1",
    subscription_id="sub_1",
    invoice_id="inv_1",
    billing_key="0001-0000",
)


def nothing_recorded(_: PaymentRequest) -> str | None:
    return None


# Those an environment may choose, and the one that tests script, in each mood it can have.
RIGS: dict[str, Callable[[], PaymentProvider]] = {
    **{name: partial(make, nothing_recorded) for name, make in PROVIDERS.items()},
    "scripted, paying": lambda: ScriptedProvider([PAID] * 9),
    "scripted, declining": lambda: ScriptedProvider([DECLINED] * 9),
    "scripted, waiting": lambda: ScriptedProvider([PENDING] * 9),
}
Ask = Callable[[PaymentProvider, PaymentRequest], Outcome]
DIRECTIONS: dict[str, Ask] = {
    "charge": lambda provider, request: provider.charge(request),
    "refund": lambda provider, request: provider.refund(request),
}


@pytest.fixture(params=sorted(RIGS))
def provider(request: pytest.FixtureRequest) -> PaymentProvider:
    return RIGS[request.param]()


@pytest.fixture(params=sorted(DIRECTIONS))
def ask(request: pytest.FixtureRequest) -> Ask:
    return DIRECTIONS[request.param]


def test_an_answer_is_one_of_three_and_says_why_or_how(provider: PaymentProvider, ask: Ask):
    match ask(provider, REQUEST):
        case Paid(reference):
            assert reference
        case Declined(reason) | Pending(reason):
            assert reason.endswith(".")


def test_the_same_key_has_the_same_answer(provider: PaymentProvider, ask: Ask):
    assert type(ask(provider, REQUEST)) is type(ask(provider, REQUEST))
    first, again = ask(provider, REQUEST), ask(provider, REQUEST)
    if isinstance(first, Paid):
        assert first == again


def test_payments_of_different_keys_have_different_references(provider: PaymentProvider, ask: Ask):
    first = ask(provider, REQUEST)
    other = ask(provider, replace(REQUEST, key="inv_1-2"))
    if isinstance(first, Paid) and isinstance(other, Paid):
        assert first.reference != other.reference


def test_a_key_that_was_never_asked_is_not_paid(provider: PaymentProvider):
    assert not isinstance(provider.look_up(REQUEST), Paid | Declined)


def test_looking_up_moves_nothing(provider: PaymentProvider):
    before = provider.look_up(REQUEST)
    assert provider.look_up(REQUEST) == before


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_what_our_ledger_holds_is_paid(name: str):
    provider = PROVIDERS[name](lambda request: f"UPI of {request.invoice_id}")
    assert provider.look_up(REQUEST) == Paid("UPI of inv_1")


def test_the_ledger_alone_counts_every_charge_as_settled():
    assert isinstance(PROVIDERS["ledger"](nothing_recorded).charge(REQUEST), Paid)


def test_by_hand_waits_until_the_publisher_records_it():
    provider = PROVIDERS["by_hand"](nothing_recorded)
    for answer in (
        provider.charge(REQUEST),
        provider.refund(REQUEST),
        provider.look_up(REQUEST),
    ):
        assert isinstance(answer, Pending)


@pytest.mark.parametrize(("word", "known"), [(LOST, True), (UNREACHED, False)])
def test_the_scripted_one_loses_answers_as_a_network_does(word: str, *, known: bool):
    provider = ScriptedProvider([word])
    with pytest.raises(ProviderUnavailable):
        provider.charge(REQUEST)
    assert (provider.look_up(REQUEST) is not None) is known
    provider.charge(REQUEST)
    assert provider.total() == REQUEST.amount
