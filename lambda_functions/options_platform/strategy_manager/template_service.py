"""Strategies that are not written leg by leg: from a template, or as a copy of another one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lambda_functions.options_platform.strategy_manager.calendar_checks import still_to_come
from lambda_functions.options_platform.strategy_manager.service import StrategyService
from lambda_functions.options_platform.strategy_manager.strategy_edits import spec_like
from lambda_functions.options_platform.strategy_manager.template_payoffs import (
    PayoffThumbnail,
    thumbnail_of,
)
from lambda_functions.options_platform.strategy_manager.templates import (
    Outlook,
    Template,
    TemplateCategory,
    TemplateLibrary,
    TemplateOrder,
    order_problems,
    spec_of,
)
from shared_utils.api.errors import refuse
from shared_utils.domain.ids import Kind, require_kind
from shared_utils.domain.strategies import Strategy
from shared_utils.storage.pages import Page, checked_limit, cursor_refused, from_cursor, to_cursor
from shared_utils.storage.pages import query_digest as digest_of

_POSITION = "template_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateService:
    library: Callable[[], TemplateLibrary]
    strategies: StrategyService
    # Drawn once: neither the library nor its illustrating market changes while we run.
    _drawn: dict[str, PayoffThumbnail] = field(default_factory=dict, init=False)

    def page(
        self,
        category: TemplateCategory | None,
        outlook: Outlook | None,
        limit: int,
        cursor: str | None,
    ) -> Page[Template]:
        """In the order of the library."""
        found = [
            template
            for template in self.library().templates
            if category in {None, template.category} and outlook in {None, template.outlook}
        ]
        digest, start = digest_of("templates", category, outlook), 0
        if cursor is not None:
            key = from_cursor(digest, cursor, frozenset({_POSITION}))
            ids = [template.template_id for template in found]
            last = key[_POSITION].get("S")
            if last not in ids:
                raise cursor_refused()
            start = ids.index(last) + 1
        items = tuple(found[start : start + checked_limit(limit)])
        more = start + len(items) < len(found)
        last_key = {_POSITION: {"S": items[-1].template_id}} if more else None
        return Page(items, to_cursor(digest, last_key) if last_key else None)

    def template(self, template_id: str) -> Template:
        """Raises NotFound."""
        return self.library().named(template_id)

    def thumbnail(self, template: Template) -> PayoffThumbnail:
        drawn = self._drawn.get(template.key)
        if drawn is None:
            drawn = thumbnail_of(template, self.library().illustration)
            self._drawn[template.key] = drawn
        return drawn

    def create(self, user_id: str, template_id: str, order: TemplateOrder) -> Strategy:
        """A paused strategy in an own basket. Raises NotFound for template or basket, RuleBroken
        with every problem there is.
        """
        template = self.library().named(template_id)
        basket_id = require_kind(order.basket_id, Kind.BASKET)
        refuse(order_problems(template, order))
        spec = spec_of(template, order, self.library(), self.strategies.room.market())
        return self.strategies.create(user_id, basket_id, spec)

    def clone(self, user_id: str, strategy_id: str, basket_id: str, name: str | None) -> Strategy:
        """A paused copy of an own strategy in any own basket: legs, schedule and limits, checked
        against the market of today; dates that are over, its record and its broker allocations
        are left behind.
        """
        room = self.strategies.room
        source = room.strategy(user_id, strategy_id)
        spec = spec_like(source, name or _copy_of(source.name))
        schedule = still_to_come(spec.execution_schedule, room.market())
        spec = replace(spec, execution_schedule=schedule)
        return self.strategies.create(user_id, require_kind(basket_id, Kind.BASKET), spec)


_LONGEST_NAME = 100


def _copy_of(name: str) -> str:
    return f"Copy of {name}"[:_LONGEST_NAME]
