"""Who is in the matrix, and what they have: built once, over HTTP, on the deployed platform.

Everybody has one of everything of his own. The publisher has three published baskets, which differ
in who sees them; a subscriber subscribes to all three, a lapsed one did: he left two, and his time
ran out in the third.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cdk_stack.settings import Settings
from local.api_client import Api
from local.seed import PASSWORD
from shared_utils.domain.subscription_events import (
    PLATFORM,
    Cause,
    SubscriptionEventKind,
    event_of,
)
from shared_utils.storage.subscriptions import Subscriptions
from tests.authorization.answers import OF_A_PUBLISHER, SIGNED_IN, Caller, Target
from tests.authorization.cases import COMMON, PREFIX_OF, Case
from tests.authorization.people import Person, Things, new_word, person
from tests.authorization.seeded_runs import SeededRuns
from tests.platforms import PREFIX, Platform, eventually
from tests.tokens import app_client, id_token

# Wednesday, 16:00 in India: nothing falls due while the matrix asks, and prices stand still.
AFTER_THE_CLOSE = datetime(2026, 8, 5, 10, 30, tzinfo=UTC)
_NAMES = {
    Caller.OTHER: "meera",
    Caller.SUBSCRIBER: "ravi",
    Caller.LAPSED: "leela",
    Caller.ADMIN: "vikram",
    Caller.OWNER: "asha",
}
_VISIBILITIES = {
    Target.PUBLISHED: "PUBLIC",
    Target.SUBSCRIBERS_ONLY: "SUBSCRIBERS_ONLY",
    Target.WITHDRAWN: "PUBLIC",
}


@dataclass(frozen=True, kw_only=True)
class World:
    """`published`: what the publisher has of each published basket."""

    platform: Platform
    people: Mapping[Caller, Person]
    publisher: Person
    published: Mapping[Target, Things]
    expired: Api
    template: str

    def at_rest(self) -> dict[str, list[Any]]:
        """All that is stored, once the runs that calls have asked for are over: they go on after
        the answer.
        """

        def look() -> dict[str, list[Any]] | None:
            stored = self.platform.stored()
            runs = stored[f"{PREFIX}-strategy-executions"]
            states = [run["execution_status"]["S"] for run in runs]
            over = not any(state.startswith(("PENDING", "RUNNING")) for state in states)
            return stored if over else None

        return eventually(look, "every run is over")

    def api_of(self, case: Case) -> Api:
        if case.caller is Caller.ANONYMOUS:
            return self.platform.api
        if case.caller is Caller.EXPIRED:
            return self.expired
        return self.asker(case).api

    def asker(self, case: Case) -> Person:
        """Whose things are `own` in this case; the owner's for who is not signed in."""
        if case.caller is Caller.OWNER and case.target in OF_A_PUBLISHER:
            return self.publisher
        return self.people.get(case.caller, self.people[Caller.OWNER])

    def values(self, case: Case, *, fresh: bool) -> Things:
        """What each name in the request stands for. `fresh`: the call will change it."""
        asker = self.asker(case)
        missing = case.target is Target.MISSING
        values = {
            name: pair[missing].format(template=self.template) for name, pair in COMMON.items()
        }
        values |= {"email": asker.trader.email, "password": PASSWORD, "new": new_word()}
        names = list(case.sources)
        has = {
            source: self._things(case, source, names, fresh=fresh)
            for source in dict.fromkeys(case.sources.values())
        }
        for source in reversed(has):
            values |= has[source]
        values |= {name: has[source][name] for name, source in case.sources.items()}
        return values | {word: values[thing] for word, thing in case.stand_ins.items()}

    def secrets_from(self, asker: Person) -> Iterator[str]:
        """What no answer to him may tell: others' names and things, but what is published."""
        for each in self.people.values():
            if each is not asker:
                yield from each.secrets
        if asker is not self.publisher:
            told = {"basket_id", "strategy_id"}
            if asker is self.people[Caller.SUBSCRIBER]:
                told.add("invoice_id")
            yield self.publisher.trader.email
            for things in self.published.values():
                yield from (value for name, value in things.items() if name not in told)

    def _things(self, case: Case, source: Target, names: list[str], *, fresh: bool) -> Things:
        asker = self.asker(case)
        if source is Target.OWN:
            return self._fresh(asker, names) if fresh else asker.has
        if source is Target.FOREIGN:
            owns = case.caller is Caller.OWNER
            return self.people[Caller.OTHER if owns else Caller.OWNER].has
        if source in OF_A_PUBLISHER:
            return self._fresh_published(source, names) if fresh else self.published[source]
        if source is Target.MISSING:
            return {name: _missing(prefix) for name, prefix in PREFIX_OF.items()}
        # Ids that exist and are the caller's, but name something else.
        ids = dict.fromkeys(PREFIX_OF, asker.has["basket_id"])
        return ids | {"basket_id": asker.has["strategy_id"]}

    def _fresh(self, asker: Person, names: list[str]) -> Things:
        things = asker.fresh(names)
        if "subscription_id" in names:
            basket = self.publisher.publish(self.publisher.new_strategy())
            things["subscription_id"] = asker.subscribe(basket["basket_id"])
        return things

    def _fresh_published(self, source: Target, names: list[str]) -> Things:
        things = self.publisher.fresh(names)
        self.publisher.publish(things, _VISIBILITIES[source])
        lapsed = self.people[Caller.LAPSED]
        lapsed.leave(lapsed.subscribe(things["basket_id"]))
        return things


def built_on(platform: Platform) -> World:
    platform.market.start_over(AFTER_THE_CLOSE)
    runs = SeededRuns(platform.deployed.cloud.client("dynamodb"), _shards())
    people = {
        caller: person(platform, _NAMES[caller], is_admin=caller is Caller.ADMIN)
        for caller in SIGNED_IN
    }
    publisher = person(platform, "nandini", is_admin=True)
    expired = platform.api.signed_in(_short_lived_token(platform, people[Caller.OWNER]))
    for each in (*people.values(), publisher):
        each.settle(runs)
    _choose_feed(people[Caller.ADMIN])
    return World(
        platform=platform,
        people=people,
        publisher=publisher,
        published=_published(platform, people, publisher, runs),
        expired=expired,
        template=people[Caller.OWNER].api.get("/options/templates")["items"][0]["template_id"],
    )


def _published(
    platform: Platform, people: Mapping[Caller, Person], publisher: Person, runs: SeededRuns
) -> dict[Target, Things]:
    subscriber, lapsed = people[Caller.SUBSCRIBER], people[Caller.LAPSED]
    made: dict[Target, Things] = {}
    for target, visibility in _VISIBILITIES.items():
        things = publisher.publish(publisher.has | publisher.new_strategy(), visibility)
        made[target] = things | runs.of(publisher.user_id, things)
        subscriber.has["subscription_id"] = subscriber.subscribe(things["basket_id"])
        left = lapsed.subscribe(things["basket_id"])
        if target is Target.SUBSCRIBERS_ONLY:
            _run_out(platform, lapsed, left)
        else:
            lapsed.leave(left)
        lapsed.has["subscription_id"] = left
    publisher.withdraw(made[Target.WITHDRAWN])
    paid = publisher.publish(publisher.new_strategy(), monthly_fee=999)
    made[Target.PUBLISHED]["invoice_id"] = subscriber.billed_for(paid["basket_id"])
    common = publisher.publish(publisher.new_strategy())
    for caller in (Caller.OTHER, Caller.ADMIN, Caller.OWNER):
        each = people[caller]
        each.has["subscription_id"] = each.subscribe(common["basket_id"])
    return made


def _run_out(platform: Platform, whose: Person, subscription_id: str) -> None:
    dynamo = platform.deployed.cloud.client("dynamodb")
    tables = (f"{PREFIX}-basket-subscriptions", f"{PREFIX}-subscription-events")
    rows = Subscriptions(dynamo, tables[0], _shards(), tables[1])
    found = rows.get(whose.user_id, subscription_id)
    assert found is not None
    ended = AFTER_THE_CLOSE - timedelta(minutes=1)
    after = replace(found, expiry_date=ended, version=found.version + 1)
    kind, nobody = SubscriptionEventKind.EXPIRED, Cause(actor=PLATFORM, request_id="matrix")
    rows.save(after, event_of(after, kind, "Its time runs out.", nobody))


def _choose_feed(admin: Person) -> None:
    feeds: dict[str, Any] = {"feeds": [{"client_id": admin.has["zerodha_id"]}]}
    admin.api.put("/options/market-data/feeds", feeds)


def _short_lived_token(platform: Platform, whose: Person) -> str:
    """The owner's own. It is good when it is made, so nothing but its end can be against it."""
    cognito = platform.deployed.cloud.client("cognito-idp")
    client = app_client(
        cognito,
        platform.deployed.user_pool_id,
        IdTokenValidity=5,
        TokenValidityUnits={"IdToken": "seconds"},
    )
    platform.api.signed_in(whose.api.token or "").get("/auth/profile")
    token = id_token(cognito, client, whose.trader.email)
    platform.api.signed_in(token).get("/auth/profile")
    return token


def _missing(prefix: str | None) -> str:
    """Well-formed, and nobody's."""
    return "NOBODYS_ACCOUNT" if prefix is None else f"{prefix}_{'0' * 26}"


def _shards() -> int:
    return Settings.read("local").chosen.shard_count
