"""What a person does to become, and be, a trader here."""

import logging
from dataclasses import dataclass

from lambda_functions.auth.profile_edits import Person, ProfileChanges, changed, new_profile
from lambda_functions.auth.user_pool import SignedUp, Tokens, UserPool, claims_of
from shared_utils.clock import Clock
from shared_utils.domain.errors import Conflict, Unavailable, VersionMoved
from shared_utils.domain.user_profiles import UserProfile
from shared_utils.storage.user_profiles import UserProfiles

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthService:
    pool: UserPool
    profiles: UserProfiles
    clock: Clock

    def sign_up(self, email: str, password: str, name: str) -> SignedUp:
        return self.pool.sign_up(email, password, name)

    def confirm(self, email: str, code: str) -> None:
        self.pool.confirm(email, code)

    def resend_code(self, email: str) -> None:
        self.pool.resend_code(email)

    def sign_in(self, email: str, password: str, authenticator_code: str | None) -> Tokens:
        """The first sign-in makes the profile; without the table nobody is kept out."""
        tokens = self.pool.sign_in(email, password, authenticator_code)
        claims = claims_of(tokens.id_token)
        person = Person(
            user_id=claims["sub"],
            email=claims.get("email", email),
            name=claims.get("name") or email.partition("@")[0],
        )
        try:
            self.profile(person)
        except Unavailable as problem:
            logger.warning("profile could not be made", extra={"problem_code": problem.code})
        return tokens

    def refresh(self, refresh_token: str) -> Tokens:
        return self.pool.refresh(refresh_token)

    def profile(self, person: Person) -> UserProfile:
        """As stored; made now for somebody who has none yet."""
        known = self.profiles.get(person.user_id)
        if known is not None:
            return known
        profile = new_profile(person, self.clock.now())
        try:
            self.profiles.create(profile)
        except Conflict:
            return self.profiles.get(person.user_id) or profile
        return profile

    def change_profile(self, person: Person, changes: ProfileChanges) -> UserProfile:
        """Raises VersionMoved when the profile is not, or not any more, as the caller saw it."""
        profile = self.profile(person)
        if changes.version not in {None, profile.version}:
            raise VersionMoved("The profile was changed meanwhile; read it again.")
        after = changed(profile, changes, self.clock.now())
        self.profiles.save(after)
        return after
