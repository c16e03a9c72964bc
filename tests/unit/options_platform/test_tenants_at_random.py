"""Whatever publishers and subscribers do in whatever order, the platform is what a small model
says: counts, what each sees, the version each consented to, one audit record for each change.
Nobody meets anything of another's that was not published to him.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lambda_functions.options_platform.strategy_manager import examples
from tests.api_events import OTHER, TRADER, Caller, Reply
from tests.unit.options_platform.conftest import a_condor, a_leg, opened_platform
from tests.unit.options_platform.tenant_models import (
    EVERYBODY,
    PUBLISHERS,
    WITH_ACCOUNTS,
    Folder,
    Held,
    Joined,
    Subscribed,
    counted,
    expected,
)

MOST_STRATEGIES = 3
# So few of each user that they go on with what they have.
MOST_BASKETS = 2
USERS = st.sampled_from(EVERYBODY)
PICK = st.integers(0, 11)
OFFSETS = st.sampled_from([200, 250, 300])


class Tenants(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.closing = opened_platform()
        self.platform = self.closing.__enter__()
        self.folders: dict[str, Folder] = {}
        self.ids: dict[tuple[str, str], str] = {}
        for number, user in enumerate(EVERYBODY):
            self.make_basket(user)
            self.make_strategy(number, 200)
        for number in range(2):
            self.publish(number, None, "PUBLIC")
            self.subscribe(TRADER, number, 1)
        self.subscribe(OTHER, 0, 2)

    def teardown(self) -> None:
        if hasattr(self, "closing"):
            try:
                self.everybody_sees_his_own_and_what_was_published_to_him()
            finally:
                self.closing.__exit__(None, None, None)

    def call(self, user: Caller, method: str, path: str, body: Any = None) -> Reply:
        return self.platform.call(method, path, body, caller=user)

    def a_folder(self, pick: int, *owners: Caller) -> Folder | None:
        owned = [each for each in self.folders.values() if each.owner in (owners or EVERYBODY)]
        known = [each for each in owned if not each.gone]
        return known[pick % len(known)] if known else None

    def a_strategy(self, pick: int, *owners: Caller) -> tuple[Folder, str, Held] | None:
        known = [
            (folder, name, each)
            for folder in self.folders.values()
            if folder.owner in (owners or EVERYBODY)
            for name, each in folder.held.items()
        ]
        return known[pick % len(known)] if known else None

    def a_subscription(self, pick: int, *users: Caller) -> Subscribed | None:
        known = [
            Subscribed(user, f"/options/subscriptions/{self.ids[name, user.user_id]}", folder, mine)
            for name, folder in self.folders.items()
            for user in users or EVERYBODY
            if (mine := folder.joined.get(user.user_id)) is not None
        ]
        return known[pick % len(known)] if known else None

    # -- baskets and strategies

    @rule(user=USERS)
    def make_basket(self, user: Caller) -> None:
        if sum(each.owner == user for each in self.folders.values()) == MOST_BASKETS:
            return
        body = {"name": "Income", "category": "INCOME", "description": "Weekly condors"}
        made = self.call(user, "POST", "/options/baskets", body)
        assert made.status == 201
        basket_id = made.body["basket_id"]
        self.folders[basket_id] = Folder(basket_id, user)

    @rule(pick=PICK, offset=OFFSETS)
    def make_strategy(self, pick: int, offset: int) -> None:
        folder = self.a_folder(pick)
        if folder:
            self.add_to(folder, offset)

    def add_to(self, folder: Folder, offset: int) -> None:
        user, legs = folder.owner, [a_leg("CE", "SELL", offset), *a_condor()["legs"][1:]]
        path = f"/options/baskets/{folder.basket_id}/strategies"
        made = self.call(user, "POST", path, a_condor(legs=legs))
        assert made.status == (201 if len(folder.held) < MOST_STRATEGIES else 422)
        if made.status == 201:
            self.keep(folder, made.body, offset)
            if user.user_id in WITH_ACCOUNTS:
                path = f"/options/strategies/{made.body['strategy_id']}/brokers"
                assert self.call(user, "POST", path, examples.ALLOCATIONS).status == 201
                folder.held[made.body["strategy_id"]].allocated = True

    def keep(self, folder: Folder, made: Any, offset: int) -> None:
        folder.held[made["strategy_id"]] = Held(offset, made["legs"][0]["leg_id"])

    @rule(pick=PICK, into=PICK)
    def clone(self, pick: int, into: int) -> None:
        source = self.a_strategy(pick)
        target = self.a_folder(into, source[0].owner) if source else None
        if not source or not target:
            return
        user = source[0].owner
        path, body = f"/options/strategies/{source[1]}/clone", {"basket_id": target.basket_id}
        made = self.call(user, "POST", path, body)
        assert made.status == (201 if len(target.held) < MOST_STRATEGIES else 422), made.text
        if made.status == 201:
            self.keep(target, made.body, source[2].offset)

    @rule(pick=PICK, offset=OFFSETS)
    def edit_one(self, pick: int, offset: int) -> None:
        found = self.a_strategy(pick)
        if found:
            self.edit(*found, offset)

    def edit(self, folder: Folder, name: str, held: Held, offset: int) -> None:
        path = f"/options/strategies/{name}/legs/{held.leg_id}"
        reply = self.call(folder.owner, "PUT", path, a_leg("CE", "SELL", offset))
        assert reply.status == (409 if held.active else 200), reply.text
        held.offset = held.offset if held.active else offset

    @rule(pick=PICK, on=st.booleans())
    def switch(self, pick: int, on: bool) -> None:
        found = self.a_strategy(pick)
        if found:
            folder, name, held = found
            path = f"/options/strategies/{name}/{'activate' if on else 'pause'}"
            reply = self.call(folder.owner, "POST", path)
            assert reply.status == (200 if held.allocated or not on else 422), reply.text
            held.active = on and held.allocated

    @rule(pick=PICK)
    def delete_strategy(self, pick: int) -> None:
        found = self.a_strategy(pick)
        if found:
            self.delete_one(*found)

    def delete_one(self, folder: Folder, name: str, held: Held) -> None:
        reply = self.call(folder.owner, "DELETE", f"/options/strategies/{name}")
        assert reply.status == (409 if held.active else 204), reply.text
        if not held.active:
            del folder.held[name]

    @rule(pick=PICK)
    def delete_basket(self, pick: int) -> None:
        folder = self.a_folder(pick)
        if folder:
            active = any(each.active for each in folder.held.values())
            stays = folder.shown_to != "PRIVATE" or folder.places or active
            reply = self.call(folder.owner, "DELETE", f"/options/baskets/{folder.basket_id}")
            assert reply.status == (409 if stays else 204), reply.text
            folder.gone = not stays
            if folder.gone:
                folder.held.clear()

    # -- publishing

    @rule(
        pick=PICK,
        most=st.sampled_from([1, 2, None]),
        shown_to=st.sampled_from(["PUBLIC", "PUBLIC", "SUBSCRIBERS_ONLY"]),
    )
    def publish(self, pick: int, most: int | None, shown_to: str) -> None:
        folder = self.a_folder(pick, *PUBLISHERS)
        if folder:
            self.publish_one(folder, most, shown_to)

    def publish_one(self, folder: Folder, most: int | None, shown_to: str) -> None:
        terms = {"type": "FREE"} | ({"max_subscribers": most} if most else {})
        body = {"subscription_config": terms, "visibility": shown_to}
        path = f"/options/baskets/{folder.basket_id}/publish"
        reply = self.call(folder.owner, "POST", path, body)
        may = folder.held and (most is None or most >= len(folder.places))
        assert reply.status == (200 if may else 422), reply.text
        if may:
            folder.shown_to, folder.most = shown_to, most
            if not folder.versions or folder.versions[-1] != folder.drafted:
                folder.versions.append(folder.drafted)
            assert reply.body["published_version"] == len(folder.versions)

    @rule(pick=PICK, offset=OFFSETS)
    def edit_and_publish_again(self, pick: int, offset: int) -> None:
        found = self.a_strategy(pick, *PUBLISHERS)
        if found:
            self.edit(*found, offset)
            self.publish_one(found[0], found[0].most, "PUBLIC")

    @rule(pick=PICK, offset=OFFSETS)
    def replace_a_strategy_and_publish_again(self, pick: int, offset: int) -> None:
        found = self.a_strategy(pick, *PUBLISHERS)
        if found:
            self.delete_one(*found)
            self.add_to(found[0], offset)
            self.publish_one(found[0], found[0].most, "PUBLIC")

    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        folder = self.a_folder(pick, *PUBLISHERS)
        if folder:
            path = f"/options/baskets/{folder.basket_id}/unpublish"
            assert self.call(folder.owner, "POST", path).status == 200
            folder.shown_to = "PRIVATE"

    # -- subscribing

    @rule(user=USERS, pick=PICK, amount=st.integers(0, 5))
    def subscribe(self, user: Caller, pick: int, amount: int) -> None:
        folder = self.a_folder(pick, *(PUBLISHERS if amount else EVERYBODY))
        if not folder:
            return
        basket_id = folder.basket_id
        before = folder.joined.get(user.user_id)
        body = {"investment_amount": amount * 1000}
        reply = self.call(user, "POST", f"/options/baskets/{basket_id}/subscribe", body)
        if user == folder.owner:
            assert reply.status == 422
        elif folder.shown_to == "PRIVATE":
            assert reply.status == 404
        elif before is not None and before.live:
            assert reply.error["code"] == "ALREADY_SUBSCRIBED"
        elif folder.most is not None and len(folder.places) >= folder.most:
            assert reply.error["code"] == "BASKET_FULL"
        else:
            assert reply.status == 201, reply.text
            self.ids[basket_id, user.user_id] = reply.body["subscription_id"]
            kinds = [*(before.kinds if before else ()), "SUBSCRIBED"]
            joined = Joined("ACTIVE", len(folder.versions), amount * 1000, kinds=kinds)
            folder.joined[user.user_id] = joined

    @rule(pick=PICK, status=st.sampled_from(["PAUSED", "ACTIVE"]))
    def pause_or_resume(self, pick: int, status: str) -> None:
        found = self.a_subscription(pick)
        if found:
            user, path, _, mine = found
            reply = self.call(user, "POST", f"{path}/{'pause' if status == 'PAUSED' else 'resume'}")
            assert reply.status == (200 if mine.live else 409)
            if mine.live and mine.status != status:
                mine.status = status
                mine.kinds.append("PAUSED" if status == "PAUSED" else "RESUMED")

    @rule(pick=PICK, which=PICK)
    def override(self, pick: int, which: int) -> None:
        found = self.a_subscription(pick)
        if not found:
            return
        user, path, folder, mine = found
        ever = sorted({name for version in folder.versions for name in version})
        name = ever[which % len(ever)]
        body = {"strategy_broker_overrides": {name: {"enabled": False}}}
        reply = self.call(user, "PUT", f"{path}/overrides", body)
        if not mine.live:
            assert reply.status == 409
        elif name in folder.versions[mine.version - 1]:
            assert reply.status == 200, reply.text
            mine.overrides = {name}
            mine.kinds.append("OVERRIDES_CHANGED")
        else:
            assert reply.status == 422

    @rule(pick=PICK, ahead=st.integers(-1, 1))
    def consent(self, pick: int, ahead: int) -> None:
        found = self.a_subscription(pick)
        if not found:
            return
        user, path, folder, mine = found
        latest = len(folder.versions)
        number = max(latest + ahead, 1)
        reply = self.call(user, "POST", f"{path}/consent", {"basket_version": number})
        if not mine.live:
            assert reply.status == 409
        elif number == mine.version:
            assert reply.status == 200
        elif number != latest:
            assert reply.status == (422 if number > latest else 409)
        else:
            kept = mine.overrides & set(folder.versions[-1])
            assert reply.status == 200
            assert set(reply.body["dropped_overrides"]) == mine.overrides - kept
            mine.version, mine.overrides = latest, kept
            mine.kinds.append("CONSENTED")

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        found = self.a_subscription(pick)
        if found:
            user, path, _, mine = found
            assert self.call(user, "DELETE", path).status == 204
            if mine.live:
                mine.status = "CANCELLED"
                mine.kinds.append("CANCELLED")

    # -- what others have

    @rule(user=USERS, pick=PICK, owner=USERS)
    def reach_for_anothers(self, user: Caller, pick: int, owner: Caller) -> None:
        """Reading or changing it answers as if it were not there, and changes nothing."""
        if user == owner:
            return
        strategy, folder = self.a_strategy(pick, owner), self.a_folder(pick, owner)
        mine, theirs = self.a_folder(0, user), self.a_subscription(pick, owner)
        asked: list[tuple[str, str, Any]] = []
        if folder:
            path = f"/options/baskets/{folder.basket_id}"
            asked += [("PUT", path, {"name": "Mine"}), ("DELETE", path, None)]
            asked += [("GET", f"{path}/strategies", None), ("POST", f"{path}/unpublish", None)]
        if strategy:
            path = f"/options/strategies/{strategy[1]}"
            asked += [("GET", each, None) for each in (path, f"{path}/legs", f"{path}/brokers")]
            asked += [("DELETE", path, None), ("POST", f"{path}/activate", None)]
            asked += [("POST", f"{path}/clone", {"basket_id": mine.basket_id})] if mine else []
        if theirs:
            asked += [("GET", theirs.path + each, None) for each in ("", "/changes", "/history")]
            asked += [("POST", f"{theirs.path}/pause", None), ("DELETE", theirs.path, None)]
            asked += [("POST", f"{theirs.path}/consent", {"basket_version": 1})]
        before = self.platform.rows()
        for method, path, body in asked:
            assert self.call(user, method, path, body).status == 404, (method, path)
        assert self.platform.rows() == before

    # -- what must hold

    @invariant()
    def counts_are_what_is_there(self) -> None:
        for user in EVERYBODY:
            listed = self.call(user, "GET", "/options/baskets?limit=100").body["items"]
            assert {each["basket_id"]: counted(each) for each in listed} == {
                name: expected(folder)
                for name, folder in self.folders.items()
                if folder.owner == user and not folder.gone
            }

    def everybody_sees_his_own_and_what_was_published_to_him(self) -> None:
        for user in EVERYBODY:
            for basket_id, folder in self.folders.items():
                self.sees(user, basket_id, folder)
            self.follows(user)

    def sees(self, user: Caller, basket_id: str, folder: Folder) -> None:
        reply = self.call(user, "GET", f"/options/baskets/{basket_id}")
        seen = folder.seen_by(user)
        assert reply.status == (404 if seen is None else 200)
        mine = folder.joined.get(user.user_id)
        reads = (user == folder.owner and not folder.gone) or (mine is not None and mine.live)
        listed = self.call(user, "GET", f"/options/baskets/{basket_id}/versions")
        assert listed.status == (200 if reads else 404)
        if reads:
            numbers = [each["number"] for each in listed.body["items"]]
            assert numbers == list(range(len(folder.versions), 0, -1))
        if seen is not None:
            assert {each["strategy_id"] for each in reply.body["strategies"]} == seen
            differs = user == folder.owner and folder.versions
            expects = folder.versions[-1] != folder.drafted if differs else None
            assert reply.body["has_unpublished_changes"] == expects

    def follows(self, user: Caller) -> None:
        listed = self.call(user, "GET", "/options/subscriptions?limit=100").body["items"]
        mine = {
            self.ids[name, user.user_id]: (folder, folder.joined[user.user_id])
            for name, folder in self.folders.items()
            if user.user_id in folder.joined
        }
        assert {each["subscription_id"] for each in listed} == set(mine)
        for each in listed:
            folder, joined = mine[each["subscription_id"]]
            path = f"/options/subscriptions/{each['subscription_id']}"
            assert each["subscription_status"] == joined.status
            assert each["basket_version"] == joined.version
            assert set(each["strategy_broker_overrides"]) == joined.overrides
            waits = joined.live and joined.version < len(folder.versions)
            assert each["consent_needed"] == waits
            told = self.call(user, "GET", f"{path}/changes").body
            assert bool(told["changes"]) == (
                waits and folder.versions[joined.version - 1] != folder.versions[-1]
            )
            records = self.call(user, "GET", f"{path}/history?limit=100").body["items"]
            assert [record["kind"] for record in records] == joined.kinds[::-1]
            assert {record["actor"] for record in records} == {user.user_id}


Tenants.TestCase.settings = settings(max_examples=30, stateful_step_count=50, deadline=None)
TestTenants = Tenants.TestCase
