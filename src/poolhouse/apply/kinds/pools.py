"""User pools."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, Refused, shape, without
from poolhouse.domain.pool import AttributeSchema, Pool
from poolhouse.domain.schema import STANDARD, build_schema
from poolhouse.operations.pools import make_pool, new_pool_id
from poolhouse.store import Conflict
from poolhouse.wire import constraints as c
from poolhouse.wire import shapes

_MFA = "MfaConfiguration"
_FACTORS = "EnabledMfas"
_EMAIL_TEXTS = {"EmailAuthenticationMessage": "Message", "EmailAuthenticationSubject": "Subject"}
_WEB_AUTHN = {
    "WebAuthnRelyingPartyID": "RelyingPartyId",
    "WebAuthnUserVerification": "UserVerification",
    "WebAuthnFactorConfiguration": "FactorConfiguration",
}
_ELSEWHERE = frozenset({"UserPoolName", _MFA, _FACTORS, *_EMAIL_TEXTS, *_WEB_AUTHN})
_CREATED_ONLY = ("AliasAttributes", "Schema", "UsernameAttributes", "UsernameConfiguration")
_FIXED = "which is fixed when a pool is created: it would have to be replaced, and its users with it"
_CHANGES_BY_ITSELF = frozenset(
    {"Arn", "CreationDate", "CustomDomain", "Domain", "EstimatedNumberOfUsers", "Id", "LastModifiedDate"}
)


class Extras(shapes.Shape, frozen=True, kw_only=True):
    """What a file may choose beyond CloudFormation."""

    UserPoolId: c.UserPoolIdType | None = None


class UserPool(Kind):
    """A user pool, its second factors with it."""

    name = "UserPool"
    properties = shape(
        "UserPool",
        shapes.CreateUserPoolRequest,
        leave_out={"PoolName"},
        UserPoolName=c.UserPoolNameType,
        EnabledMfas=list[str],
        EmailAuthenticationMessage=c.EmailMfaMessageType,
        EmailAuthenticationSubject=c.EmailMfaSubjectType,
        WebAuthnRelyingPartyID=c.RelyingPartyIdType,
        WebAuthnUserVerification=c.UserVerificationType,
        WebAuthnFactorConfiguration=c.WebAuthnFactorConfigurationType,
    )
    extras = Extras

    def draw(self, hand: Hand) -> str:
        """Draw a pool's id."""
        return new_pool_id(hand.call)

    def identifier(self, want: Want) -> str:
        """Return the id: chosen, or known from before, or drawn."""
        recorded = want.recorded.identifier if want.recorded else None
        return str(want.extras.get("UserPoolId") or recorded or want.drawn)

    def pool(self, want: Want) -> str:
        """Return its own id."""
        return self.identifier(want)

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:
        """Return its id, its ARN and its issuer."""
        pool_id = self.identifier(want)
        issuer = hand.call.settings.issuer(pool_id)
        return {
            "": pool_id,
            "UserPoolId": pool_id,
            "Arn": f"arn:aws:cognito-idp:{hand.place.region}:{hand.place.account}:userpool/{pool_id}",
            "ProviderName": issuer.partition("://")[2],
            "ProviderURL": issuer,
        }

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe the pool and its second factors."""
        pool_id = self.identifier(want)
        found = hand.find("DescribeUserPool", "UserPool", UserPoolId=pool_id)
        if found is None:
            return None
        factors = hand.ask("GetUserPoolMfaConfig", UserPoolId=pool_id)
        return {**without(found, _CHANGES_BY_ITSELF), **factors}

    def make(self, hand: Hand, want: Want) -> None:
        """Create it, under the id that the file chooses or one drawn at random."""
        pool_id = self.identifier(want)
        self._check_id(hand, want, pool_id)
        members = {**without(want.properties, _ELSEWHERE), "PoolName": _named(hand, want)}
        try:
            make_pool(hand.call, msgspec.convert(members, shapes.CreateUserPoolRequest), pool_id)
        except Conflict:  # made by somebody else a moment ago
            raise Refused(f"the id {pool_id} is taken") from None
        _set_factors(hand, want, pool_id, {})

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Bring all that can be changed into the file's form; what it does not say is at its default."""
        pool_id = self.identifier(want)
        self._check_id(hand, want, pool_id)
        pool = hand.call.store.peek(lambda tx: tx.pools.get(pool_id))
        assert pool is not None  # noqa: S101 (it was read in this very transaction)
        reasons = list(_frozen(pool, want.properties))
        if reasons:
            raise Refused("; ".join(reasons))
        added = _added(pool, want.properties)
        if added:
            hand.ask("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=added)
        members = without(want.properties, {*_ELSEWHERE, *_CREATED_ONLY})
        hand.ask("UpdateUserPool", UserPoolId=pool_id, PoolName=_named(hand, want), **members)
        _set_factors(hand, want, pool_id, before)

    def _check_id(self, hand: Hand, want: Want, pool_id: str) -> None:
        """Refuse an id that cannot be this pool's.

        Raises:
            Refused: it is another region's, or the pool has another, or a deleted one is not gone yet.
        """
        if pool_id.partition("_")[0] != hand.place.region:
            raise Refused(f"the id {pool_id} does not begin with this server's region, {hand.place.region}_")
        recorded = want.recorded.identifier if want.recorded else pool_id
        known = recorded != pool_id and hand.call.store.peek(lambda tx: tx.pools.get(recorded)) is not None
        if known:
            raise Refused(f"the pool is {recorded} already, and an id cannot change")
        if hand.call.store.peek(lambda tx: tx.pools.is_doomed(pool_id)):
            raise Refused(f"a deleted pool of the id {pool_id} is still being removed: try again in a minute")


def _named(hand: Hand, want: Want) -> str:
    return str(want.properties.get("UserPoolName") or f"{hand.place.stack}-{want.name}")


def _set_factors(hand: Hand, want: Want, pool_id: str, before: Mapping[str, Any]) -> None:
    """Set second factors and passkeys, where the file says something of them or the pool has some."""
    wanted = want.properties
    mode = wanted.get(_MFA, "OFF")
    factors = wanted.get(_FACTORS)
    if factors is None:  # CloudFormation's default: texts, where there is something to send them with
        factors = ["SMS_MFA"] if mode != "OFF" and "SmsConfiguration" in wanted else []
    unknown = [factor for factor in factors if factor not in {"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}]
    if unknown:
        raise Refused(f"{_FACTORS}: there is no {unknown[0]}, but SMS_MFA, SOFTWARE_TOKEN_MFA and EMAIL_OTP")
    members: dict[str, Any] = {_MFA: mode}
    if "SMS_MFA" in factors:
        names = ("SmsAuthenticationMessage", "SmsConfiguration")
        members["SmsMfaConfiguration"] = {name: wanted[name] for name in names if name in wanted}
    if "SOFTWARE_TOKEN_MFA" in factors:
        members["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    texts = {member: wanted[name] for name, member in _EMAIL_TEXTS.items() if name in wanted}
    if texts or "EMAIL_OTP" in factors:
        members["EmailMfaConfiguration"] = texts
    passkeys = {member: wanted[name] for name, member in _WEB_AUTHN.items() if name in wanted}
    if passkeys or "WebAuthnConfiguration" in before:
        members["WebAuthnConfiguration"] = passkeys
    if before or len(members) > 1 or mode != "OFF":
        hand.ask("SetUserPoolMfaConfig", UserPoolId=pool_id, **members)


def _frozen(pool: Pool, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the file wants otherwise and no update changes; then the command that changes it, if any."""
    command: list[str] = []
    for name, option, now in (
        ("AliasAttributes", "--alias", pool.alias_attributes),
        ("UsernameAttributes", "--username", pool.username_attributes),
    ):
        chosen = wanted.get(name) or ()
        if set(chosen) != now:
            yield f"{name} is {sorted(now)}, {_FIXED}"
            command += [f"{option} {each}" for each in chosen or ("none",)]
    sensitive = (wanted.get("UsernameConfiguration") or {}).get("CaseSensitive", True)
    if sensitive is not pool.case_sensitive:
        yield f"UsernameConfiguration.CaseSensitive is {str(pool.case_sensitive).lower()}, {_FIXED}"
        command.append("--case-sensitive" if sensitive else "--case-insensitive")
    schema = build_schema(wanted.get("Schema") or ())
    for name, attribute in pool.schema.items():
        if name not in schema:
            yield f"Schema: the pool has {name}, and an attribute cannot be removed: add it to the file"
        elif schema[name] != attribute:
            yield f"Schema: {name} is different in the pool, {_FIXED}"
            command += _options(attribute, schema[name])
    if command:
        yield f"`poolhouse pool change {pool.id} {' '.join(command)}` changes it, with beyond.living_schema"


def _options(now: AttributeSchema, wanted: AttributeSchema) -> list[str]:
    """Return what `poolhouse pool change` takes to make one attribute the other, as far as it can."""
    options = []
    if now.required is not wanted.required:
        options.append(f"--{'required' if wanted.required else 'optional'} {now.name}")
    if now.mutable is not wanted.mutable:
        options.append(f"--{'mutable' if wanted.mutable else 'immutable'} {now.name}")
    return options


def _added(pool: Pool, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the file's custom attributes that the pool has not."""
    return [
        entry
        for entry in wanted.get("Schema") or ()
        if entry.get("Name") not in STANDARD
        and not set(build_schema([entry])) - set(STANDARD) <= set(pool.schema)
    ]
