"""`make demo`: the main job on a running server, with the real boto3 and pycognito clients.

Starts `poolhouse serve --dev` on a free port with a data folder of its own, or drives the server that
`POOLHOUSE_URL` names. Prints each step and its answer; ends non-zero as soon as anything differs.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from pycognito.aws_srp import AWSSRP

OLD, NEW = "sue@example.com", "sue.new@example.com"
PASSWORD = "Correct-Horse-7-Battery"
USERNAME = "sue"


class DiffersError(Exception):
    """An answer is not what Amazon Cognito would have given."""


def step(title: str, answer: object = None) -> None:
    """Print a step and its answer."""
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}")
    if answer is not None:
        print("  " + json.dumps(answer, indent=2, default=str, ensure_ascii=False).replace("\n", "\n  "))


def expect(what: str, got: object, wanted: object) -> None:
    """Compare; differing ends the demonstration."""
    if got != wanted:
        raise DiffersError(f"{what}: expected {wanted!r}, got {got!r}")
    print(f"  ok: {what} = {wanted!r}")


@contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a running server."""
    if url := os.environ.get("POOLHOUSE_URL"):
        yield url.rstrip("/")
        return
    with (
        tempfile.TemporaryDirectory(prefix="poolhouse-demo-") as data,
        tempfile.TemporaryFile("w+") as log,
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "poolhouse", "serve", "--dev", "--port", "0", "--data", data],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            lines = iter(process.stdout.readline, "") if process.stdout else iter(())
            url = next((m[0] for line in lines if (m := re.search(r"http://localhost:\d+", line))), "")
            if not url:
                raise DiffersError("the server did not start")
            wait_until_ready(url)
            yield url
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read())
            raise
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(url: str) -> None:
    """Wait for `/readyz`, ten seconds at most."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise DiffersError("the server is not ready after ten seconds")


def mailed_code(url: str, address: str, seen: set[str]) -> str:
    """Return the code in the newest mail to an address that was not looked at before."""
    with urllib.request.urlopen(f"{url}/_poolhouse/outbox.json") as answer:
        messages: list[dict[str, Any]] = json.load(answer)["messages"]
    for message in messages:
        code = re.search(r"\b(\d{6})\b", message["body"])
        if message["to"] == address and message["id"] not in seen and code:
            seen.add(message["id"])
            print(f"  mail to {address}: {message['body'].strip()!r}")
            return code[1]
    raise DiffersError(f"no mail to {address}")


def sign_in(idp: Any, pool_id: str, client_id: str, username: str) -> str:
    """Sign in over SRP with pycognito; return the access token."""
    srp = AWSSRP(username=username, password=PASSWORD, pool_id=pool_id, client_id=client_id, client=idp)
    return str(srp.authenticate_user()["AuthenticationResult"]["AccessToken"])


def user_attributes(idp: Any, access_token: str) -> dict[str, str]:
    """Return GetUser's attributes as a mapping."""
    answer = idp.get_user(AccessToken=access_token)
    return {a["Name"]: a["Value"] for a in answer["UserAttributes"]}


def journey(url: str) -> None:
    """From a new pool to a changed e-mail address."""
    idp = boto3.client(
        "cognito-idp",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
        config=Config(retries={"max_attempts": 0}),
    )
    seen: set[str] = set()
    pool_id, client_id = make_pool(idp)
    sign_up(idp, client_id, url, seen)
    access_token = sign_in(idp, pool_id, client_id, OLD)
    step("Sign-in over SRP (pycognito), with the e-mail address as alias")
    update(idp, access_token)

    sign_in(idp, pool_id, client_id, OLD)
    step("The old e-mail address still signs in")
    try:
        sign_in(idp, pool_id, client_id, NEW)
    except idp.exceptions.UserNotFoundException as refusal:
        step("The new one does not yet", str(refusal))
    else:
        raise DiffersError("the new e-mail address signs in before it is verified")

    idp.verify_user_attribute(
        AccessToken=access_token, AttributeName="email", Code=mailed_code(url, NEW, seen)
    )
    attributes = user_attributes(idp, access_token)
    step("VerifyUserAttribute, then GetUser", attributes)
    expect("email", attributes.get("email"), NEW)
    expect("email_verified", attributes.get("email_verified"), "true")
    sign_in(idp, pool_id, client_id, NEW)
    step("The new e-mail address signs in")


def make_pool(idp: Any) -> tuple[str, str]:
    """Create the pool and its app client; return their ids."""
    pool = idp.create_user_pool(
        PoolName="demo",
        Schema=[{"Name": "department", "AttributeDataType": "String", "Mutable": True}],
        AutoVerifiedAttributes=["email"],
        AliasAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )["UserPool"]
    step("CreateUserPool", {k: pool[k] for k in ("Id", "Arn", "AutoVerifiedAttributes")})
    client = idp.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")["UserPoolClient"]
    step("CreateUserPoolClient", {k: client[k] for k in ("ClientId", "ClientName")})
    return pool["Id"], client["ClientId"]


def sign_up(idp: Any, client_id: str, url: str, seen: set[str]) -> None:
    """Sign up and confirm with the mailed code."""
    answer = idp.sign_up(
        ClientId=client_id,
        Username=USERNAME,
        Password=PASSWORD,
        UserAttributes=[
            {"Name": "email", "Value": OLD},
            {"Name": "name", "Value": "Sue"},
            {"Name": "nickname", "Value": "Susi"},
        ],
    )
    answer.pop("ResponseMetadata")
    step("SignUp", answer)
    expect("destination", answer["CodeDeliveryDetails"]["Destination"], "s***@e***")
    code = mailed_code(url, OLD, seen)
    idp.confirm_sign_up(ClientId=client_id, Username=USERNAME, ConfirmationCode=code)
    step("ConfirmSignUp")


def update(idp: Any, access_token: str) -> None:
    """Change four attributes at once: a standard one, a custom one, one to delete, an e-mail to verify."""
    answer = idp.update_user_attributes(
        AccessToken=access_token,
        UserAttributes=[
            {"Name": "name", "Value": "Sue Miller"},
            {"Name": "custom:department", "Value": "Research"},
            {"Name": "nickname", "Value": ""},
            {"Name": "email", "Value": NEW},
        ],
    )
    answer.pop("ResponseMetadata")
    step("UpdateUserAttributes", answer)
    expect(
        "CodeDeliveryDetailsList",
        answer["CodeDeliveryDetailsList"],
        [{"Destination": "s***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}],
    )
    attributes = user_attributes(idp, access_token)
    step("GetUser, before the code comes back", attributes)
    expect("name", attributes.get("name"), "Sue Miller")
    expect("custom:department", attributes.get("custom:department"), "Research")
    expect("nickname", attributes.get("nickname"), None)
    expect("email", attributes.get("email"), OLD)
    expect("email_verified", attributes.get("email_verified"), "true")


def main() -> None:
    """Run the journey."""
    with server() as url:
        journey(url)
    print("\nAll answers are as they should be.")


if __name__ == "__main__":
    try:
        main()
    except DiffersError as error:
        sys.exit(f"\nDIFFERS: {error}")
