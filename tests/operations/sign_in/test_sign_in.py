"""Signing in with official clients: every flow and challenge that is built, on its good paths and refusals."""

import base64
import json
from typing import Any

import pytest
import requests

from support.server import RunningServer
from support.sign_in import PASSWORD, WRONG, make_place

NFC, NFD = "Caf\u00e9-1-Zebra", "Cafe\u0301-1-Zebra"


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def refused(failed: Any, *error: str) -> None:
    found = failed.value.response["Error"]
    assert (found["Code"], found["Message"]) == error


def test_srp_with_pycognito(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    answer = place.srp().authenticate_user()
    tokens = answer["AuthenticationResult"]
    assert answer["ChallengeParameters"] == {}
    assert set(tokens) == {"AccessToken", "ExpiresIn", "TokenType", "RefreshToken", "IdToken"}
    assert (tokens["TokenType"], tokens["ExpiresIn"]) == ("Bearer", 3600)
    assert claims(tokens["AccessToken"])["username"] == "jane"


def test_the_srp_challenge_has_what_clients_need(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    started = place.srp().start()
    assert started["ChallengeName"] == "PASSWORD_VERIFIER"
    assert "Session" not in started
    parameters = started["ChallengeParameters"]
    assert set(parameters) == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"}
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == "jane"
    assert len(base64.b64decode(parameters["SECRET_BLOCK"], validate=True)) > 500


@pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
def test_administrators_sign_users_in(server: RunningServer, flow: str) -> None:
    place = make_place(server)
    place.person()
    tokens = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow=flow,
        AuthParameters={"USERNAME": "jane", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == "jane"


def test_administrators_answer_srp(server: RunningServer) -> None:
    place = make_place(server)
    place.person()
    srp = place.srp()
    started = place.idp.admin_initiate_auth(
        UserPoolId=place.pool,
        ClientId=place.client,
        AuthFlow="USER_SRP_AUTH",
        AuthParameters=srp.get_auth_params(),
    )
    done = place.idp.admin_respond_to_auth_challenge(
        UserPoolId=place.pool,
        ClientId=place.client,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=srp.claim(started),
    )
    assert done["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
def test_refreshing_gives_new_tokens_and_keeps_the_refresh_token(server: RunningServer, flow: str) -> None:
    place = make_place(server)
    place.person()
    first = place.plain()["AuthenticationResult"]
    server.clock.advance(60)
    again = place.idp.initiate_auth(
        AuthFlow=flow, ClientId=place.client, AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]}
    )["AuthenticationResult"]
    assert "RefreshToken" not in again
    old, new = claims(first["AccessToken"]), claims(again["AccessToken"])
    assert (old["auth_time"], old["origin_jti"]) == (new["auth_time"], new["origin_jti"])
    assert old["jti"] != new["jti"]


def test_people_whose_address_is_their_name(server: RunningServer) -> None:
    """USER_ID_FOR_SRP is the sub; the address and the sub both sign in."""
    place = make_place(server, UsernameAttributes=["email"])
    sub = place.person("jane@example.com")
    srp = place.srp("jane@example.com")
    started = srp.start()
    assert started["ChallengeParameters"]["USER_ID_FOR_SRP"] == sub
    tokens = srp.answer(srp.claim(started))["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == sub
    assert place.srp(sub).authenticate_user()["AuthenticationResult"]


def test_an_answer_may_name_the_user_as_the_sign_in_did(server: RunningServer) -> None:
    place = make_place(server, UsernameAttributes=["email"])
    place.person("jane@example.com")
    srp = place.srp("jane@example.com")
    assert srp.answer(srp.claim(srp.start(), USERNAME="jane@example.com"))["AuthenticationResult"]


class TestSecretHash:
    def test_pycognito_with_a_secret(self, server: RunningServer) -> None:
        place = make_place(server, client={"GenerateSecret": True})
        place.person()
        assert place.srp().authenticate_user()["AuthenticationResult"]
        assert place.plain()["AuthenticationResult"]

    def test_missing_and_wrong(self, server: RunningServer) -> None:
        place = make_place(server, client={"GenerateSecret": True})
        place.person()
        error = place.idp.exceptions.NotAuthorizedException
        with pytest.raises(error) as failed:
            place.srp(client_secret=None).start()
        text = f"Client {place.client} is configured with secret but SECRET_HASH was not received"
        refused(failed, "NotAuthorizedException", text)
        with pytest.raises(error) as failed:
            place.plain(SECRET_HASH=place.hash("bob"))
        refused(failed, "NotAuthorizedException", f"Unable to verify secret hash for client {place.client}")

    def test_an_answer_s_hash_may_cover_another_name_of_the_user(self, server: RunningServer) -> None:
        place = make_place(server, client={"GenerateSecret": True}, UsernameAttributes=["email"])
        sub = place.person("jane@example.com")
        srp = place.srp("jane@example.com")
        for name, hashed in [("jane@example.com", sub), (sub, sub), ("jane@example.com", "jane@example.com")]:
            answers = srp.claim(srp.start(), USERNAME=name, SECRET_HASH=place.hash(hashed))
            assert srp.answer(answers)["AuthenticationResult"]
        with pytest.raises(place.idp.exceptions.NotAuthorizedException, match="Unable to verify"):
            srp.answer(srp.claim(srp.start(), SECRET_HASH=place.hash("eve@example.com")))

    def test_a_refresh_s_hash_covers_the_stored_username(self, server: RunningServer) -> None:
        place = make_place(server, client={"GenerateSecret": True}, UsernameAttributes=["email"])
        sub = place.person("jane@example.com")
        token = place.plain("jane@example.com")["AuthenticationResult"]["RefreshToken"]

        def refresh(hashed: str) -> Any:
            return place.idp.initiate_auth(
                AuthFlow="REFRESH_TOKEN_AUTH",
                ClientId=place.client,
                AuthParameters={"REFRESH_TOKEN": token, "SECRET_HASH": place.hash(hashed)},
            )

        assert refresh(sub)["AuthenticationResult"]
        with pytest.raises(place.idp.exceptions.NotAuthorizedException) as failed:
            refresh("jane@example.com")
        refused(failed, "NotAuthorizedException", f"SecretHash does not match for the client: {place.client}")

    def test_a_client_without_a_secret_takes_no_hash(self, server: RunningServer) -> None:
        place = make_place(server)
        place.person()
        with pytest.raises(place.idp.exceptions.InvalidParameterException) as failed:
            place.plain(SECRET_HASH="aGFzaA==")
        refused(
            failed,
            "InvalidParameterException",
            f"App client {place.client} is not configured for secret but secret hash was received",
        )


class TestRefusedFlows:
    @pytest.mark.parametrize(
        ("flow", "message"),
        [
            ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
            ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
            ("CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
            ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
            ("USER_AUTH", "USER_AUTH is not enabled for the client."),
        ],
    )
    def test_by_the_client_s_settings(self, server: RunningServer, flow: str, message: str) -> None:
        place = make_place(server, client={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
        with pytest.raises(place.idp.exceptions.InvalidParameterException) as failed:
            place.idp.initiate_auth(AuthFlow=flow, ClientId=place.client, AuthParameters={})
        refused(failed, "InvalidParameterException", message)

    def test_missing_parameters(self, server: RunningServer) -> None:
        place = make_place(server)
        with pytest.raises(place.idp.exceptions.InvalidParameterException) as failed:
            place.idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=place.client)
        refused(failed, "InvalidParameterException", "Missing required parameter USERNAME")

    def test_an_unknown_client(self, server: RunningServer) -> None:
        idp = server.client()
        with pytest.raises(idp.exceptions.ResourceNotFoundException) as failed:
            idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId="nobody")
        refused(failed, "ResourceNotFoundException", "User pool client nobody does not exist.")

    def test_a_pool_that_requires_a_second_factor_and_has_none(self, server: RunningServer) -> None:
        """No tokens without one."""
        place = make_place(server)
        place.person()
        pool = server.store.read(lambda tx: tx.pools.get(place.pool))
        from dataclasses import replace

        server.store.write(
            lambda tx: tx.pools.save(replace(pool, config={**pool.config, "MfaConfiguration": "ON"}))
        )
        server.clock.advance(3)
        with pytest.raises(place.idp.exceptions.InvalidParameterException) as failed:
            place.plain()
        words = "MFA is required, and there is no method that the user can set up."
        refused(failed, "InvalidParameterException", words)


class TestStatus:
    def test_disabled_is_told_after_the_password(self, server: RunningServer) -> None:
        place = make_place(server)
        place.person()
        place.idp.admin_disable_user(UserPoolId=place.pool, Username="jane")
        error = place.idp.exceptions.NotAuthorizedException
        with pytest.raises(error) as failed:
            place.plain(password="Wrong-Horse-9")
        refused(failed, *WRONG)
        for sign_in in (place.plain, place.srp().authenticate_user):
            with pytest.raises(error) as failed:
                sign_in()
            refused(failed, "NotAuthorizedException", "User is disabled.")

    def test_unconfirmed_is_told_after_the_password(self, server: RunningServer) -> None:
        place = make_place(server)
        place.idp.sign_up(ClientId=place.client, Username="jane", Password=PASSWORD)
        with pytest.raises(place.idp.exceptions.NotAuthorizedException) as failed:
            place.plain(password="Wrong-Horse-9")
        refused(failed, *WRONG)
        for sign_in in (place.plain, place.srp().authenticate_user):
            with pytest.raises(place.idp.exceptions.UserNotConfirmedException) as failed:
                sign_in()
            refused(failed, "UserNotConfirmedException", "User is not confirmed.")

    def test_reset_required_whatever_the_password(self, server: RunningServer) -> None:
        place = make_place(server, AutoVerifiedAttributes=["email"])
        place.person(email="jane@example.com", email_verified="true")
        place.idp.admin_reset_user_password(UserPoolId=place.pool, Username="jane")
        for sign_in in (
            place.plain,
            lambda: place.plain(password="Wrong-Horse-9"),
            place.srp().authenticate_user,
        ):
            with pytest.raises(place.idp.exceptions.PasswordResetRequiredException) as failed:
                sign_in()
            refused(failed, "PasswordResetRequiredException", "Password reset required for the user")


class TestNewPasswordRequired:
    def test_with_pycognito(self, server: RunningServer) -> None:
        place = make_place(server)
        place.invite()
        place.srp().set_new_password_challenge("Another-Horse-9")
        assert place.srp(password="Another-Horse-9").authenticate_user()["AuthenticationResult"]
        with pytest.raises(place.idp.exceptions.NotAuthorizedException):
            place.plain()

    def test_required_and_other_attributes(self, server: RunningServer) -> None:
        place = make_place(
            server,
            Schema=[{"Name": "given_name", "Required": True}, {"Name": "email", "Required": True}],
        )
        place.invite(email="jane@example.com", email_verified="true")
        asked = place.plain()
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        parameters = asked["ChallengeParameters"]
        assert parameters["USER_ID_FOR_SRP"] == "jane"
        assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.given_name"]
        assert json.loads(parameters["userAttributes"]) == {
            "email": "jane@example.com",
            "email_verified": "true",
        }
        new = {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}

        def answer(**attributes: str) -> Any:
            given = {f"userAttributes.{name}": value for name, value in attributes.items()}
            return place.respond("NEW_PASSWORD_REQUIRED", asked["Session"], {**new, **given})

        errors = place.idp.exceptions
        with pytest.raises(errors.InvalidParameterException) as failed:
            answer()
        refused(failed, "InvalidParameterException", "Invalid attributes given, given_name is missing")
        with pytest.raises(errors.NotAuthorizedException) as failed:
            answer(given_name="Jane", email="jane@example.com")
        refused(failed, "NotAuthorizedException", "Cannot modify an already provided email")
        with pytest.raises(errors.InvalidParameterException) as failed:
            answer(given_name="Jane", email_verified="true")
        refused(failed, "InvalidParameterException", "Cannot modify the non-mutable attribute email_verified")
        with pytest.raises(errors.InvalidParameterException, match="does not exist in the schema"):
            answer(given_name="Jane", nonsense="x")

        tokens = answer(given_name="Jane", locale="de")["AuthenticationResult"]
        assert claims(tokens["IdToken"])["given_name"] == "Jane"
        stored = place.idp.admin_get_user(UserPoolId=place.pool, Username="jane")
        attributes = {pair["Name"]: pair["Value"] for pair in stored["UserAttributes"]}
        assert (attributes["given_name"], attributes["locale"]) == ("Jane", "de")
        assert attributes["email_verified"] == "true"
        assert stored["UserStatus"] == "CONFIRMED"

    def test_a_refused_password_keeps_the_session(self, server: RunningServer) -> None:
        place = make_place(server)
        place.invite()
        session = place.plain()["Session"]
        for password in ("short", "x" * 300):
            with pytest.raises(place.idp.exceptions.InvalidPasswordException) as failed:
                place.respond(
                    "NEW_PASSWORD_REQUIRED", session, {"USERNAME": "jane", "NEW_PASSWORD": password}
                )
            text = failed.value.response["Error"]["Message"]
            assert text.startswith("Password does not conform to policy: Password ")
        done = place.respond(
            "NEW_PASSWORD_REQUIRED", session, {"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-9"}
        )
        assert done["AuthenticationResult"]

    def test_a_password_used_before(self, server: RunningServer) -> None:
        policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}
        place = make_place(server, Policies=policy)
        place.person()
        place.idp.admin_set_user_password(
            UserPoolId=place.pool, Username="jane", Password="Temporary-9", Permanent=False
        )
        session = place.plain(password="Temporary-9")["Session"]
        with pytest.raises(place.idp.exceptions.PasswordHistoryPolicyViolationException):
            place.respond("NEW_PASSWORD_REQUIRED", session, {"USERNAME": "jane", "NEW_PASSWORD": PASSWORD})

    def test_a_temporary_password_expires(self, server: RunningServer) -> None:
        place = make_place(server)
        place.invite()
        server.clock.advance(7 * 86400 - 1)
        assert place.plain()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        server.clock.advance(1)
        with pytest.raises(place.idp.exceptions.NotAuthorizedException) as failed:
            place.plain()
        refused(
            failed,
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
        )


class TestWhatClientsReallySend:
    def test_nulls_count_as_left_out(self, server: RunningServer) -> None:
        """As amazon-cognito-identity-js sends them."""
        place = make_place(server)
        place.person()
        srp = place.srp()

        def post(operation: str, body: dict[str, Any]) -> dict[str, Any]:
            headers = {
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": f"AWSCognitoIdentityProviderService.{operation}",
            }
            answer = requests.post(server.url, json=body, headers=headers, timeout=30)
            assert answer.status_code == 200, answer.text
            return answer.json()

        started = post(
            "InitiateAuth",
            {
                "AuthFlow": "USER_SRP_AUTH",
                "ClientId": place.client,
                "AuthParameters": {**srp.get_auth_params(), "DEVICE_KEY": None},
                "ClientMetadata": None,
                "UserContextData": None,
            },
        )
        done = post(
            "RespondToAuthChallenge",
            {
                "ChallengeName": "PASSWORD_VERIFIER",
                "ClientId": place.client,
                "ChallengeResponses": {**srp.claim(started), "DEVICE_KEY": None},
                "Session": None,
                "ClientMetadata": None,
                "UserContextData": None,
            },
        )
        assert done["AuthenticationResult"]["IdToken"]
        assert done["ChallengeParameters"] == {}

    @pytest.mark.parametrize("password", [NFC, NFD, "Aa1!" + "x" * 252, "Zażółć-gęślą-1", "Aa1!🐎🐎🐎🐎"])
    def test_passwords_count_byte_for_byte(self, server: RunningServer, password: str) -> None:
        place = make_place(server)
        place.person(password=password)
        assert place.srp(password=password).authenticate_user()["AuthenticationResult"]
        assert place.plain(password=password)["AuthenticationResult"]
        other = {NFC: NFD, NFD: NFC}.get(password, password + "x")
        for sign_in in (
            lambda: place.plain(password=other),
            place.srp(password=other).authenticate_user,
        ):
            with pytest.raises(place.idp.exceptions.NotAuthorizedException) as failed:
                sign_in()
            refused(failed, *WRONG)

    def test_a_device_that_is_not_known(self, server: RunningServer) -> None:
        """The client forgets it and answers the same challenge again, which must still be good."""
        place = make_place(server, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
        place.person()
        srp = place.srp()
        answers = srp.claim(srp.start())
        with pytest.raises(place.idp.exceptions.ResourceNotFoundException) as failed:
            srp.answer({**answers, "DEVICE_KEY": "us-east-1_6f0b3f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b"})
        refused(failed, "ResourceNotFoundException", "Device does not exist.")
        assert srp.answer(answers)["AuthenticationResult"]
