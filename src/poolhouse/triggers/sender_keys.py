"""Encrypts what custom senders are told, as the service does: with the AWS Encryption SDK.

See digest «users» §5.12. The key that the pool's `KMSKeyID` names is one of KMS's, or one of the settings'
that stands for it: a raw AES key whose namespace is `poolhouse` and whose name is the ARN.
"""

import base64
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from poolhouse.domain.pool import Pool
from poolhouse.keys.ring import RingError, decode_key, read_key_file
from poolhouse.observe import Log
from poolhouse.outbound.aws import AwsClients, RefusedError
from poolhouse.outbound.aws import failures as aws_failures
from poolhouse.settings import SenderKey, SettingsError, Triggers

NAMESPACE = "poolhouse"
"""Key namespace (Python: provider id) of local keys; the SDKs keep `aws-kms` for KMS's own."""
_log = Log()


class EncryptionError(Exception):
    """What a sender should be told could not be encrypted; the message says why, without it."""


_MasterKey = Callable[[str], Any]
"""A KMS key's ARN → the SDK's master key that stands for it."""


class SenderKeys:
    """The keys of `[[triggers.keys]]`."""

    def __init__(self, triggers: Triggers, aws: AwsClients) -> None:
        """Read the keys.

        Raises:
            SettingsError: an entry cannot work.
        """
        seconds = triggers.timeout_seconds
        self._keys = [
            (key.arn, _of_kms(key, aws, seconds) if key.kind == "kms" else _local(key))
            for key in triggers.keys
        ]

    def encrypt(self, pool: Pool, secret: str) -> str:
        """Return `secret` as a message of the AWS Encryption SDK, in base64.

        Format, algorithm suite and encryption context are those that the service uses [seen]: version 1,
        signed, and the pool's id as `userpool-id`.

        Raises:
            EncryptionError: no key is set for the pool's `KMSKeyID`, or KMS refused it or did not answer.
        """
        arn = str(pool.lambda_config.get("KMSKeyID", ""))
        master_key = next((make for pattern, make in self._keys if fnmatchcase(arn, pattern)), None)
        if master_key is None:
            _log.error(
                "sender_key_not_mapped", arn=arn, advice="add a [[triggers.keys]] entry whose arn matches"
            )
            raise EncryptionError("no key is set")
        # Half a second to import, for servers that have custom senders alone.
        import aws_encryption_sdk as sdk  # noqa: PLC0415
        from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError  # noqa: PLC0415
        from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy  # noqa: PLC0415

        client = sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
        try:
            with aws_failures():
                message, _header = client.encrypt(
                    source=secret.encode(),
                    key_provider=master_key(arn),
                    algorithm=Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
                    encryption_context={"userpool-id": pool.id},
                )
        except (AWSEncryptionSDKClientError, RefusedError, OSError) as error:
            _log.warning("sender_key_failed", arn=arn, reason=type(error).__name__)
            raise EncryptionError(type(error).__name__) from error
        return base64.b64encode(message).decode()


def _local(key: SenderKey) -> _MasterKey:
    if not (key.key or key.file):
        raise SettingsError(f"triggers.keys: the key for {key.arn} needs a file")
    try:
        raw = decode_key(key.key, "key") if key.key else read_key_file(Path(key.file))
    except RingError as error:
        raise SettingsError(f"triggers.keys: the key for {key.arn}: {error}") from error

    def master_key(arn: str) -> Any:
        from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm  # noqa: PLC0415
        from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # noqa: PLC0415
        from aws_encryption_sdk.key_providers.raw import RawMasterKey  # noqa: PLC0415

        wrapping = WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=raw,
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )
        return RawMasterKey(provider_id=NAMESPACE, key_id=arn, wrapping_key=wrapping)

    return master_key


def _of_kms(key: SenderKey, aws: AwsClients, seconds: float) -> _MasterKey:
    def master_key(arn: str) -> Any:
        from aws_encryption_sdk.key_providers.kms import KMSMasterKey  # noqa: PLC0415

        region = arn.split(":")[3]
        client = aws.client("kms", endpoint=key.endpoint, region=region, timeout_seconds=seconds)
        return KMSMasterKey(key_id=arn, client=client)

    return master_key
