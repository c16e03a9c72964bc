from shared_utils.api.principals import principal_of


def an_event(**claims):
    return {"requestContext": {"authorizer": {"claims": {"sub": "user-1", **claims}}}}


def test_an_id_token_says_who_is_asking():
    caller = principal_of(an_event(token_use="id", email="a@example.com"))
    assert caller.user_id == "user-1"


def test_an_access_token_is_nobodys():
    assert principal_of(an_event(token_use="access")) is None
