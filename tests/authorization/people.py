"""The people of the matrix: each with one of everything, and with fresh ones where a call is to
change them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from local.api_client import Api
from local.seed import condor
from tests.authorization.seeded_runs import SeededRuns
from tests.platforms import Platform, Trader
from tests.tokens import parts_of

Things = dict[str, str]
_IN_A_BASKET = {"basket_id", "strategy_id", "leg_id", "allocation_id"}
_NUMBERS = count(1)


def new_word() -> str:
    """Never used before, and good as a client id."""
    return f"NEW_{next(_NUMBERS)}"


@dataclass
class Person:
    """`has`: one of everything, by the names of the API's parameters."""

    trader: Trader
    user_id: str
    has: Things = field(default_factory=dict)

    @property
    def api(self) -> Api:
        return self.trader.api

    @property
    def secrets(self) -> Iterator[str]:
        """What no answer to anybody else may tell."""
        yield self.trader.email
        yield from self.has.values()

    def settle(self, runs: SeededRuns) -> None:
        self.trader.open_accounts()
        self.has |= {"client_id": self.trader.paper, "zerodha_id": self.trader.zerodha}
        self.has |= self.new_strategy()
        self.has |= runs.of(self.user_id, self.has)
        self.has["invoice_id"] = runs.invoice_of(self.user_id)

    def new_strategy(self, *, allocated: bool = True) -> Things:
        """In a basket of its own, with legs, and traded by the paper account."""
        name = new_word()
        basket = {"name": f"Basket {name}", "description": "Theirs", "category": "INCOME"}
        basket_id = self.api.post("/options/baskets", basket)["basket_id"]
        body = condor(lot_size=65) | {"name": f"Strategy {name}", "strategy_type": "CUSTOM"}
        made = self.api.post(f"/options/baskets/{basket_id}/strategies", body)
        strategy_id, leg = made["strategy_id"], made["legs"][0]
        things = {"basket_id": basket_id, "strategy_id": strategy_id, "leg_id": leg["leg_id"]}
        if allocated:
            wanted = [{"client_id": self.has["client_id"], "lots_per_execution": 1}]
            answer = self.api.post(f"/options/strategies/{strategy_id}/brokers", wanted)
            things["allocation_id"] = answer["items"][0]["allocation_id"]
        return things

    def new_account(self) -> str:
        client_id = new_word()
        account = {"client_id": client_id, "broker_name": "paper", "capital": 100_000}
        self.api.post("/brokers/accounts", account | {"display_name": "One more"})
        return client_id

    def fresh(self, names: Collection[str]) -> Things:
        """What it has, but of these a new one each; not of runs, which are records."""
        if _IN_A_BASKET & set(names):
            return self.has | self.new_strategy(allocated="client_id" not in names)
        if "client_id" in names:
            return self.has | {"client_id": self.new_account()}
        return dict(self.has)

    def subscribe(self, basket_id: str) -> str:
        answer = self.api.post(f"/options/baskets/{basket_id}/subscribe", {"investment_amount": 0})
        subscription_id: str = answer["subscription_id"]
        return subscription_id

    def billed_for(self, basket_id: str) -> str:
        """Subscribes to what costs; the invoice."""
        subscription_id = self.subscribe(basket_id)
        found = self.api.get(f"/options/invoices?subscription_id={subscription_id}")
        invoice_id: str = found["items"][0]["invoice_id"]
        return invoice_id

    def leave(self, subscription_id: str) -> None:
        self.api.call("DELETE", f"/options/subscriptions/{subscription_id}")

    def publish(
        self, things: Things, visibility: str = "PUBLIC", monthly_fee: int | None = None
    ) -> Things:
        fees = {"type": "PAID", "monthly_fee": monthly_fee} if monthly_fee else {"type": "FREE"}
        terms: dict[str, Any] = {"visibility": visibility, "subscription_config": fees}
        self.api.post(f"/options/baskets/{things['basket_id']}/publish", terms)
        return things

    def withdraw(self, things: Things) -> None:
        self.api.post(f"/options/baskets/{things['basket_id']}/unpublish")


def person(platform: Platform, name: str, *, is_admin: bool = False) -> Person:
    """Signed up, in the group from the first token on if it is an admin."""
    platform.user(name, is_admin=is_admin)
    trader = replace(platform.trader(name), paper=f"PAPER_{name.upper()}")
    claims = parts_of(trader.api.token or "")[1]
    return Person(trader, claims["sub"])
