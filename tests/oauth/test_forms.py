"""Forms: what a client writes arrives, and whatever else comes is refused or harmless."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolhouse.domain.oauth_error import OAuthError
from poolhouse.oauth.endpoint import parameters

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.dictionaries(TEXT, TEXT, max_size=40))
def test_what_is_written_arrives(form):
    assert parameters(urlencode(form).encode()) == form


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30))
def test_a_name_comes_once_or_the_form_is_refused(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        with pytest.raises(OAuthError, match="invalid_request"):
            parameters(urlencode(pairs).encode())
    else:
        assert parameters(urlencode(pairs).encode()) == dict(pairs)


@given(st.binary() | st.text("abc=&%+;0123456789\x00é").map(str.encode))
def test_any_bytes_are_a_form_or_refused(content):
    try:
        form = parameters(content)
    except OAuthError:
        return
    assert all(form.values())
    "".join([*form, *form.values()]).encode()
