"""What a pool does in the region of its replica, and what it refuses there."""

from typing import Any

import httpx2
import jwt
import pytest

from poolhouse.operations.registry import HANDLERS, snake
from poolhouse.wire.operations import OPERATIONS, Auth
from support import smallest
from support.authenticator import set_mfa, with_app
from support.refusals import refusal
from support.sign_in import PASSWORD

HOME, AWAY = "us-east-1", "eu-west-1"
REFUSED = "OperationNotEnabledException"


def tokens(place: Any) -> dict[str, str]:
    result: dict[str, str] = place.plain()["AuthenticationResult"]
    return result


# --- the same users and tokens ------------------------------------------------------------------------------


def test_who_signed_up_at_home_signs_in_there(place, there):
    place.idp.sign_up(ClientId=place.client, Username="sue", Password=PASSWORD)
    place.idp.admin_confirm_sign_up(UserPoolId=place.pool, Username="sue")
    assert there.plain("sue")["AuthenticationResult"]["AccessToken"]
    srp = there.srp("sue")
    assert srp.answer(srp.claim(srp.start()))["AuthenticationResult"]
    admin = there.idp.admin_initiate_auth(
        UserPoolId=there.pool,
        ClientId=there.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "sue", "PASSWORD": PASSWORD},
    )
    assert admin["AuthenticationResult"]


def test_a_token_of_one_region_is_good_in_the_other(place, there):
    for one, other in ((place, there), (there, place)):
        given = tokens(one)
        assert other.idp.get_user(AccessToken=given["AccessToken"])["Username"] == "jane"
        refreshed = other.idp.get_tokens_from_refresh_token(
            ClientId=other.client, RefreshToken=given["RefreshToken"]
        )
        assert refreshed["AuthenticationResult"]["AccessToken"]


def test_tokens_of_both_have_one_issuer_and_its_keys(place, there):
    urls = {region.name: region.public_url for region in place.server.services.settings.server.regions}
    issuer = f"{urls[HOME]}/{place.pool}"
    keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json")
    for token in (tokens(place)["IdToken"], tokens(there)["IdToken"]):
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=place.client,
            options={"verify_exp": False, "verify_iat": False},
        )
        assert claims["iss"] == issuer
    documents = [
        httpx2.get(f"{url}/{place.pool}/.well-known/jwks.json", timeout=60).json() for url in urls.values()
    ]
    assert documents[0] == documents[1]


@pytest.mark.parametrize("how", ["global_sign_out", "admin_user_global_sign_out", "revoke_token"])
def test_what_one_region_ends_the_other_refuses_at_once(place, there, how):
    for one, other in ((place, there), (there, place)):
        given = tokens(one)
        assert one.idp.get_user(AccessToken=given["AccessToken"])
        if how == "global_sign_out":
            other.idp.global_sign_out(AccessToken=given["AccessToken"])
        elif how == "revoke_token":
            other.idp.revoke_token(Token=given["RefreshToken"], ClientId=other.client)
        else:
            other.idp.admin_user_global_sign_out(UserPoolId=other.pool, Username="jane")
        assert refusal(one.idp.get_user, AccessToken=given["AccessToken"]) == (
            "NotAuthorizedException",
            "Access Token has been revoked",
        )


# --- what is refused ----------------------------------------------------------------------------------------


def test_an_inactive_replica_is_administered_and_serves_nobody(place, away, there):
    given = tokens(there)
    place.idp.update_user_pool_replica(UserPoolId=place.pool, RegionName=AWAY, Status="INACTIVE")
    assert refusal(there.plain)[0] == REFUSED
    assert refusal(there.idp.get_user, AccessToken=given["AccessToken"])[0] == REFUSED
    assert away.describe_user_pool(UserPoolId=place.pool)["UserPool"]["Id"] == place.pool
    assert away.admin_get_user(UserPoolId=place.pool, Username="jane")["Username"] == "jane"
    assert place.idp.get_user(AccessToken=given["AccessToken"])["Username"] == "jane"


def test_a_region_without_a_replica_knows_nothing_of_the_pool(place, away):
    given = tokens(place)
    assert refusal(away.describe_user_pool, UserPoolId=place.pool)[0] == "ResourceNotFoundException"
    assert refusal(away.get_user, AccessToken=given["AccessToken"])[0] == "ResourceNotFoundException"
    unknown = refusal(
        away.initiate_auth,
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=place.client,
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
    )
    assert unknown[0] == "ResourceNotFoundException"


READS = ("AdminGet", "AdminList", "Describe", "Get", "List")
DONE = {
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AdminRevokeUserSession",
    "AdminUserGlobalSignOut",
    "TagResource",
    "UntagResource",
    "UpdateUserPool",
    "UpdateUserPoolReplica",
}
"""What an administrator may do at a replica beside reading (the model's UserPoolReplicaType.Role)."""


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in HANDLERS
        if OPERATIONS[name].auth is Auth.SIGV4
        and "UserPoolId" in OPERATIONS[name].request.__struct_fields__
        and not name.startswith(READS)
        and name not in DONE
    ),
)
def test_every_write_is_refused(place, there, name):
    error, _ = refusal(getattr(there.idp, snake(name)), **smallest.request(name, UserPoolId=place.pool))
    declared = REFUSED if REFUSED in OPERATIONS[name].errors else None
    assert error in ({declared} if declared else {"NotAuthorizedException", "InvalidParameterException"})


def test_attack_users_change_themselves_at_a_replica(place, there):
    token = tokens(there)["AccessToken"]
    person = {"ClientId": place.client, "Username": "jane"}
    for refused in (
        lambda: there.idp.sign_up(ClientId=place.client, Username="sue", Password=PASSWORD),
        lambda: there.idp.confirm_sign_up(**person, ConfirmationCode="123456"),
        lambda: there.idp.resend_confirmation_code(**person),
        lambda: there.idp.forgot_password(**person),
        lambda: there.idp.confirm_forgot_password(**person, ConfirmationCode="123456", Password=PASSWORD),
        lambda: there.idp.change_password(
            AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="Other-Horse-9"
        ),
        lambda: there.idp.update_user_attributes(
            AccessToken=token, UserAttributes=[{"Name": "name", "Value": "J"}]
        ),
        lambda: there.idp.delete_user(AccessToken=token),
        lambda: there.idp.set_user_mfa_preference(AccessToken=token),
        lambda: there.idp.associate_software_token(AccessToken=token),
        lambda: there.idp.start_web_authn_registration(AccessToken=token),
    ):
        assert refusal(refused)[0] == REFUSED
    user = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
    assert "name" not in {each["Name"] for each in user["UserAttributes"]}
    assert there.plain()["AuthenticationResult"]


def test_attack_a_challenge_that_changes_the_user(place, there):
    place.invite("guest")
    asked = there.plain("guest")
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answers = {"USERNAME": "guest", "NEW_PASSWORD": "Other-Horse-9"}
    assert refusal(there.respond, "NEW_PASSWORD_REQUIRED", asked["Session"], answers)[0] == REFUSED
    at_home = place.plain("guest")
    assert place.respond("NEW_PASSWORD_REQUIRED", at_home["Session"], answers)["AuthenticationResult"]


def test_authenticator_apps_are_asked_at_home_alone(place, there):
    set_mfa(place, "OPTIONAL", "SOFTWARE_TOKEN_MFA")
    place.server.clock.advance(3)
    app = with_app(place)
    preference = {"Enabled": True, "PreferredMfa": True}
    place.idp.admin_set_user_mfa_preference(
        UserPoolId=place.pool, Username="jane", SoftwareTokenMfaSettings=preference
    )
    asked = there.plain()
    answers = {"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": app.code()}
    assert refusal(there.respond, "SOFTWARE_TOKEN_MFA", asked["Session"], answers)[0] == REFUSED
    asked = place.plain()
    assert place.respond("SOFTWARE_TOKEN_MFA", asked["Session"], answers)["AuthenticationResult"]


# --- the region's own configuration -------------------------------------------------------------------------


def test_update_user_pool_sets_the_region_s_own_members_alone(place, there):
    described = there.idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]
    names = there.idp.meta.service_model.operation_model("UpdateUserPool").input_shape.members
    request = {name: value for name, value in described.items() if name in names}
    request |= {"UserPoolId": place.pool}
    request["AdminCreateUserConfig"].pop("UnusedAccountValidityDays", None)
    email = {"EmailSendingAccount": "COGNITO_DEFAULT", "ReplyToEmailAddress": "eu@example.com"}
    there.idp.update_user_pool(**request | {"EmailConfiguration": email})
    for idp, expected in ((there.idp, "eu@example.com"), (place.idp, None)):
        pool = idp.describe_user_pool(UserPoolId=place.pool)["UserPool"]
        assert pool["EmailConfiguration"].get("ReplyToEmailAddress") == expected
    policy = {"PasswordPolicy": {"MinimumLength": 20}}
    other = refusal(there.idp.update_user_pool, **request | {"Policies": policy})
    assert other == ("InvalidParameterException", "Policies cannot be changed in a secondary Region.")
    renamed = refusal(there.idp.update_user_pool, **request | {"PoolName": "x"})
    assert renamed == ("InvalidParameterException", "PoolName cannot be changed in a secondary Region.")


def test_what_is_changed_at_home_is_changed_there(place, there):
    place.idp.update_user_pool_client(
        UserPoolId=place.pool, ClientId=place.client, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"]
    )
    place.server.clock.advance(3)
    assert refusal(there.plain)[0] == "InvalidParameterException"


def test_domains_of_a_replica(place, there):
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"}
    place.idp.create_user_pool_domain(UserPoolId=place.pool, Domain="at-home")
    place.idp.create_user_pool_domain(
        UserPoolId=place.pool, Domain="auth.localhost", CustomDomainConfig=certificate
    )
    for idp, prefix in ((place.idp, place.pool), (there.idp, None)):
        described = idp.describe_user_pool_domain(Domain="at-home")["DomainDescription"]
        assert described.get("UserPoolId") == prefix
        custom = idp.describe_user_pool_domain(Domain="auth.localhost")["DomainDescription"]
        assert custom["UserPoolId"] == place.pool
