"""`@operation` refuses what disagrees with the service model."""

import pytest

from poolhouse.flows.call import AdminCall, UserCall
from poolhouse.operations import registry
from poolhouse.wire import shapes


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    monkeypatch.setattr(registry, "HANDLERS", {})


def test_a_handler_that_agrees_is_registered():
    @registry.operation
    def get_user(call: UserCall, request: shapes.GetUserRequest) -> shapes.GetUserResponse: ...

    assert {"GetUser": get_user} == registry.HANDLERS
    with pytest.raises(TypeError, match="GetUser has a handler already"):
        registry.operation(get_user)


def test_an_unknown_name_is_refused():
    def get_nobody(call: UserCall, request: shapes.GetUserRequest) -> shapes.GetUserResponse: ...

    with pytest.raises(TypeError, match="get_nobody is not the name"):
        registry.operation(get_nobody)


def test_a_caller_of_another_credential_is_refused():
    def get_user(call: AdminCall, request: shapes.GetUserRequest) -> shapes.GetUserResponse: ...

    with pytest.raises(TypeError, match=r"`call` must be a Call\[UserCaller\]"):
        registry.operation(get_user)


def test_another_request_is_refused():
    def get_user(call: UserCall, request: shapes.DeleteUserRequest) -> shapes.GetUserResponse: ...

    with pytest.raises(TypeError, match="`request` must be a GetUserRequest"):
        registry.operation(get_user)


def test_another_response_is_refused():
    def delete_user(call: UserCall, request: shapes.DeleteUserRequest) -> shapes.GetUserResponse: ...

    with pytest.raises(TypeError, match="must return NoneType"):
        registry.operation(delete_user)
