"""GetUser (digest «users» §2.12)."""

import pytest

from support.people import ADDRESSES, fresh, named


def test_sub_first_then_all_that_is_stored(people):
    sue = people.pool().user(name="Sue", email=fresh())
    answer = sue.idp.get_user(AccessToken=sue.token)
    assert answer["Username"] == sue.username
    assert answer["UserAttributes"][0] == {"Name": "sub", "Value": sue.sub}
    assert answer.keys() == {"Username", "UserAttributes", "ResponseMetadata"}


def test_where_addresses_are_usernames_the_username_is_the_sub(people):
    email = fresh()
    sue = people.pool(**ADDRESSES).user(email)
    answer = sue.idp.get_user(AccessToken=sue.token)
    assert answer["Username"] == sue.sub
    assert named(answer["UserAttributes"])["email"] == email


@pytest.mark.parametrize(
    ("readable", "shown"),
    [
        (["name"], {"name"}),
        (["oidc:profile"], {"name", "nickname"}),
        (["email", "email_verified"], {"email", "email_verified"}),
    ],
)
def test_only_what_the_client_may_read(people, readable, shown):
    pool = people.pool().client(ReadAttributes=readable)
    sue = pool.user(name="Sue", nickname="S", email=fresh(), email_verified="true")
    assert sue.get().keys() == shown


def test_one_statement_reads_all(people, server):
    """The user and the token's standing come in one look at the store, and no more follows."""
    sue = people.pool().user(name="Sue")
    sue.get()
    server.store.write(lambda tx: tx.families.sweep("", 0, 1))  # any family may be gone: nothing is recalled
    statements = []
    peek = server.store.peek

    def counted(work):
        statements.append(work)
        return peek(work)

    server.store.peek = counted
    try:
        sue.get()
    finally:
        server.store.peek = peek
    assert len(statements) == 1
