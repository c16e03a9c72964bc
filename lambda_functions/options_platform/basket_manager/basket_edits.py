"""A new basket, and a basket with some of its words changed."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.baskets import Basket, BasketCategory, CreatorType, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketSpec:
    name: str
    category: BasketCategory
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketChanges:
    """None leaves a field as it is. `version`, when given, is the one the caller has seen."""

    name: str | None = None
    category: BasketCategory | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    user_id: str
    name: str
    is_admin: bool


def new_basket(spec: BasketSpec, creator: Creator, basket_id: str, at: datetime) -> Basket:
    """Private and empty: publishing is a step of its own."""
    return Basket(
        user_id=creator.user_id,
        basket_id=basket_id,
        created_by_type=CreatorType.ADMIN if creator.is_admin else CreatorType.USER,
        creator_name=creator.name,
        creator_user_id=creator.user_id,
        visibility=Visibility.PRIVATE,
        name=spec.name,
        description=spec.description,
        category=spec.category,
        tags=spec.tags,
        created_at=at,
        updated_at=at,
    )


def changed(basket: Basket, changes: BasketChanges, at: datetime) -> Basket:
    return replace(
        basket,
        name=basket.name if changes.name is None else changes.name,
        category=basket.category if changes.category is None else changes.category,
        description=basket.description if changes.description is None else changes.description,
        tags=basket.tags if changes.tags is None else changes.tags,
        updated_at=at,
        version=basket.version + 1,
    )
