"""NEW_PASSWORD_REQUIRED: a user replaces an administrator's password and supplies what the pool requires."""

import json
from collections.abc import Mapping
from dataclasses import replace

from poolhouse.domain import attributes, standing
from poolhouse.domain.challenges import INVALID_SESSION
from poolhouse.domain.client import VERIFIED_FLAGS, Client
from poolhouse.domain.passwords import Wording
from poolhouse.domain.pool import Pool
from poolhouse.domain.risk_config import PASSWORD_CHANGE
from poolhouse.domain.schema import SUB
from poolhouse.domain.user import Credential, Status, User
from poolhouse.errors import InvalidParameterException, NotAuthorizedException
from poolhouse.flows import aliases, passwords, threats
from poolhouse.flows.call import AnyCall
from poolhouse.flows.pending import Pending
from poolhouse.flows.proof import spent
from poolhouse.store import Tx

_PREFIX = "userAttributes."


def parameters(pool: Pool, client: Client, user: User) -> dict[str, str]:
    """Return the challenge's parameters: JSON written as strings (digest «sign-in» §2.7)."""
    shown = {name: value for name, value in user.attributes.items() if client.may_read(name)}
    wanted = [f"{_PREFIX}{name}" for name in _missing(pool, user.attributes)]
    return {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(wanted, separators=(",", ":")),
        "userAttributes": json.dumps(shown, separators=(",", ":"), ensure_ascii=False),
    }


def choose(call: AnyCall, pool: Pool, client: Client, pending: Pending, answers: Mapping[str, str]) -> None:
    """Take the answer: a new password, and attributes by the names `userAttributes.<name>`.

    The user is CONFIRMED by it.

    Raises:
        NotAuthorizedException: the session was used, or an administrator changed the user meanwhile; or an
            attribute may not be written.
        InvalidPasswordException: the password breaks the policy, or is compromised; the session lives on.
        PasswordHistoryPolicyViolationException: it is one of the user's last.
        InvalidParameterException: an attribute breaks a rule, or a required one is missing.
        AliasExistsException: another user holds an address that came.
    """
    passwords.settle(lambda: _choose(call, pool, client, pending, answers))


def _choose(call: AnyCall, pool: Pool, client: Client, pending: Pending, answers: Mapping[str, str]) -> None:
    user, credential = call.store.read(lambda tx: _current(tx, pool, pending))
    changes = {
        name.removeprefix(_PREFIX): value for name, value in answers.items() if name.startswith(_PREFIX)
    }
    _with(pool, client, user, changes)
    threats.new_password_risk(call, pool, client, answers["NEW_PASSWORD"], PASSWORD_CHANGE)
    made = passwords.prepare(
        call, pool, user, credential, password=answers["NEW_PASSWORD"], wording=Wording.CHANGE
    )
    now = call.clock.now()

    def work(tx: Tx) -> bool:
        if not tx.spent.spend(pool.id, pending.id, pending.expires):
            return False
        before, _ = _current(tx, pool, pending)
        after = replace(_with(pool, client, before, changes), status=Status.CONFIRMED, modified=now)
        aliases.settle(tx, pool, before, after, now=now)
        tx.users.save(after)
        passwords.store(tx, after, made)
        return True

    if not call.store.write(work):
        raise spent()


def _current(tx: Tx, pool: Pool, pending: Pending) -> tuple[User, Credential]:
    """Return the user and the temporary password that the session began with.

    Raises:
        NotAuthorizedException: either is another by now.
    """
    user = tx.users.get(pool.id, pending.sub)
    credential = tx.credentials.get(pool.id, pending.sub)
    if user is not None:
        standing.refuse_disabled(user)
    if user is not None and user.status is Status.CONFIRMED:
        raise spent()
    if (
        user is None
        or credential is None
        or user.status is not Status.FORCE_CHANGE_PASSWORD
        or credential.set_at > pending.begun
    ):
        raise NotAuthorizedException(INVALID_SESSION)
    return user, credential


def _with(pool: Pool, client: Client, user: User, changes: Mapping[str, str]) -> User:
    """Return the user with the attributes that came: what is required is there, what was there stays.

    An address is stored at once, unverified: it may be what the pool requires (digest «sign-in» §2.13).
    """
    for name in changes:
        if name in VERIFIED_FLAGS:
            raise InvalidParameterException(f"Cannot modify the non-mutable attribute {name}")
        if name in pool.schema and pool.schema[name].required and user.attributes.get(name):
            raise NotAuthorizedException(f"Cannot modify an already provided {name}")
    if missing := _missing(pool, {**user.attributes, **changes}):
        raise InvalidParameterException(f"Invalid attributes given, {' and '.join(missing)} is missing")
    planned = attributes.plan_update(pool, client, user, list(changes.items())).user.attributes
    addresses = {name: changes[name] for name in attributes.ADDRESSES if changes.get(name)}
    flags = {
        attributes.flag(name): "false" for name in addresses if user.attributes.get(name) != changes[name]
    }
    return replace(user, attributes={**planned, **addresses, **flags})


def _missing(pool: Pool, held: Mapping[str, str]) -> list[str]:
    return [
        name for name, schema in pool.schema.items() if schema.required and name != SUB and not held.get(name)
    ]
