"""A new profile, and a profile with some of it changed. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_utils.domain.user_profiles import UserProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is asking, as his token says."""

    user_id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """None leaves a field as it is. `version`, when given, is the one the caller has seen."""

    name: str | None = None
    phone: str | None = None
    version: int | None = None


def new_profile(person: Person, at: datetime) -> UserProfile:
    return UserProfile(
        user_id=person.user_id,
        email=person.email,
        name=person.name,
        created_at=at,
        updated_at=at,
    )


def changed(profile: UserProfile, changes: ProfileChanges, at: datetime) -> UserProfile:
    return replace(
        profile,
        name=profile.name if changes.name is None else changes.name,
        phone=profile.phone if changes.phone is None else changes.phone,
        updated_at=at,
        version=profile.version + 1,
    )
