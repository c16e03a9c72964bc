"""Who a trader is to us, beside what Cognito knows: how he is addressed and reached."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProfile:
    """`user_id` is the Cognito subject. The e-mail is a copy; Cognito's is the one that counts."""

    user_id: str
    email: str
    name: str
    phone: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1
