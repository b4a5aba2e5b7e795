"""Custom senders: what a function that gets their events does, and what stands for KMS."""

import base64
import json
import os
from typing import Any

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey

from poolhouse.settings import SenderKey
from support.recorder import Answer, Recorded

KEY = bytes(range(100, 132))
KEY_ARN = "arn:aws:kms:us-east-1:000000000000:key/senders"
LAMBDA_ARN = "arn:aws:lambda:us-east-1:000000000000:function:sender"
LOCAL = SenderKey(arn="arn:aws:kms:*", key=base64.b64encode(KEY).decode())
_FUNCTION = {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA_ARN}
SENDERS = {"CustomEmailSender": _FUNCTION, "CustomSMSSender": _FUNCTION, "KMSKeyID": KEY_ARN}
"""A pool's LambdaConfig."""
_SDK = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
)


def raw_key(name: str = KEY_ARN, key: bytes = KEY) -> RawMasterKey:
    wrapping = WrappingKey(
        wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
        wrapping_key=key,
        wrapping_key_type=EncryptionKeyType.SYMMETRIC,
    )
    return RawMasterKey(provider_id="poolhouse", key_id=name, wrapping_key=wrapping)


def decrypt(event: dict[str, Any], key: Any = None) -> str:
    """Return what an event tells; its encryption context must name the pool."""
    message = base64.b64decode(event["request"]["code"], validate=True)
    plaintext, header = _SDK.decrypt(source=message, key_provider=key or raw_key())
    assert header.encryption_context["userpool-id"] == event["userPoolId"]
    return str(plaintext.decode())


class Kms:
    """Answers `GenerateDataKey` and `Decrypt` as KMS does, of keys that it keeps."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[dict[str, str], bytes]] = {}

    def __call__(self, request: Recorded) -> Answer:
        asked = json.loads(request.body)
        assert "/us-east-1/kms/aws4_request" in request.headers["authorization"]
        match request.headers["x-amz-target"].removeprefix("TrentService."):
            case "GenerateDataKey":
                assert asked["KeyId"] == KEY_ARN
                key, blob = os.urandom(asked["NumberOfBytes"]), base64.b64encode(os.urandom(64)).decode()
                self._kept[blob] = asked["EncryptionContext"], key
                answer = {
                    "CiphertextBlob": blob,
                    "KeyId": KEY_ARN,
                    "Plaintext": base64.b64encode(key).decode(),
                }
            case "Decrypt":
                context, key = self._kept[asked["CiphertextBlob"]]
                assert asked["EncryptionContext"] == context
                answer = {"KeyId": KEY_ARN, "Plaintext": base64.b64encode(key).decode()}
        return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()
