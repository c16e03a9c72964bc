"""Who is asking, from the authorizer's claims and from nothing else."""

import pytest

from shared_utils.api.principals import principal_of
from tests.api_events import ADMIN, TRADER, an_event


def test_the_caller_is_the_authorizers_subject():
    event = an_event("GET", "/x", {"user_id": "user-2", "sub": "user-2"}, caller=TRADER)
    principal = principal_of(event)
    assert principal is not None
    assert (principal.user_id, principal.is_admin) == ("user-1", False)
    assert principal.name == "user-1"


@pytest.mark.parametrize("authorizer", [None, {}, {"claims": {}}, {"claims": {"email": "a@b.c"}}])
def test_without_claims_there_is_nobody(authorizer: object):
    event = an_event("GET", "/x", caller=None)
    event["requestContext"]["authorizer"] = authorizer
    assert principal_of(event) is None


@pytest.mark.parametrize(
    ("groups", "admin"),
    [
        ("admin", True),
        ("[admin]", True),
        ("[trader admin]", True),
        ("trader,admin", True),
        (["admin"], True),
        ("administrators", False),
        ("not-admin", False),
        ("", False),
    ],
)
def test_an_admin_is_who_is_in_the_group_of_that_very_name(groups: object, *, admin: bool):
    event = an_event("GET", "/x", caller=ADMIN)
    event["requestContext"]["authorizer"]["claims"]["cognito:groups"] = groups
    principal = principal_of(event)
    assert principal is not None
    assert principal.is_admin is admin
