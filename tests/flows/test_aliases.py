"""The alias table is always what the users' attributes say, whatever is done to them and in which order."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolhouse.domain.aliases import held_names
from poolhouse.domain.attributes import plan_delete, plan_update
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import build_schema
from poolhouse.domain.user import Status, User
from poolhouse.errors import AliasExistsException, ServiceError
from poolhouse.flows import aliases

MODES = [
    {},
    {"AliasAttributes": ["email", "phone_number", "preferred_username"]},
    {"UsernameAttributes": ["email"]},
]
SUBS = ("ann", "bob", "eve")
CHANGES = st.dictionaries(
    st.sampled_from(
        ["email", "email_verified", "preferred_username", "phone_number", "phone_number_verified"]
    ),
    st.sampled_from(["", "true", "false", "a@x.org", "A@x.org", "b@x.org", "+1555", "nick"]),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(st.tuples(st.sampled_from(SUBS), st.booleans(), CHANGES), min_size=1, max_size=12)
_numbers = iter(range(1_000_000))


def change(tx, pool, sub, *, delete, changes):
    user = tx.users.get(pool.id, sub)
    if delete:
        after, seize = plan_delete(pool, None, user, changes), ()
    else:
        plan = plan_update(pool, None, user, list(changes.items()))
        after, seize = plan.user, plan.seize
    aliases.settle(tx, pool, user, after, now=2, seize=seize)
    tx.users.save(after)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(MODES), st.booleans(), STEPS)
def test_every_name_held_is_in_the_table_and_no_other(store, mode, case_sensitive, steps):
    config = mode | {"UsernameConfiguration": {"CaseSensitive": case_sensitive}}
    pool = Pool(f"us-east-1_{next(_numbers)}", "p", 0, 0, build_schema([]), config)
    for sub in SUBS:
        user = User(pool.id, sub, sub, Status.CONFIRMED, True, 1, 1)
        store.write(lambda tx, user=user: (tx.users.add(user), aliases.settle(tx, pool, None, user, now=1)))
    for sub, delete, changes in steps:
        try:
            store.write(
                lambda tx, sub=sub, delete=delete, changes=changes: change(
                    tx, pool, sub, delete=delete, changes=changes
                )
            )
        except ServiceError:
            continue
    users = store.read(lambda tx: [tx.users.get(pool.id, sub) for sub in SUBS])
    expected = {(kind, value, user.sub) for user in users for kind, value in held_names(pool, user)}
    stored = store.read(
        lambda tx: {(kind, value, sub) for sub in SUBS for kind, value in tx.aliases.of(pool.id, sub)}
    )
    assert stored == expected
    names = [(kind, value) for kind, value, _ in expected]
    assert len(names) == len(set(names))


def test_a_name_that_another_holds_is_refused_without_being_taken(store):
    pool = Pool("us-east-1_free", "p", 0, 0, build_schema([]), {})
    store.write(lambda tx: tx.aliases.hold(pool.id, "email", "a@x.org", "ann"))

    def ask(sub):
        try:
            store.write(lambda tx: aliases.require_free(tx, pool, sub, "email", "a@x.org"))
        except AliasExistsException as error:
            return error.message
        return "free"

    assert ask("ann") == "free"
    assert ask("bob") == "An account with the given email already exists."
    store.write(lambda tx: tx.aliases.release(pool.id, "email", "a@x.org", "ann"))
    assert ask("bob") == "free"
    assert store.read(lambda tx: tx.aliases.of(pool.id, "bob")) == []


def test_a_seized_address_is_unverified_for_the_one_who_had_it(store):
    config = {"AliasAttributes": ["email"]}
    pool = Pool("us-east-1_seize", "p", 0, 0, build_schema([]), config)
    proved = {"email": "a@x.org", "email_verified": "true"}
    ann, bob = (User(pool.id, sub, sub, Status.CONFIRMED, True, 1, 1, proved) for sub in SUBS[:2])

    def add(tx, user, seize):
        tx.users.add(user)
        aliases.settle(tx, pool, None, user, now=5, seize=seize)

    store.write(lambda tx: add(tx, ann, ()))
    store.write(lambda tx: add(tx, bob, {"email"}))
    after = store.read(lambda tx: tx.users.get(pool.id, "ann"))
    expected = replace(
        ann, attributes=proved | {"email_verified": "false"}, modified=5, version=after.version
    )
    assert after == expected
    assert store.read(lambda tx: tx.aliases.owner(pool.id, "email", "a@x.org")) == "bob"
