"""The smallest request that the model lets pass, for each operation."""

from collections.abc import Mapping
from typing import Any

import boto3

_MODEL = boto3.Session().client("cognito-idp", region_name="us-east-1").meta.service_model
_ID = "00000000-0000-4000-8000-000000000000"
_TEXTS = {
    "AttributeName": "email",
    "ClientId": "client0",
    "DeviceKey": "us-east-1_0a",
    "JobId": "import-x",
    "ManagedLoginBrandingId": _ID,
    "TermsId": _ID,
    "TermsName": "terms-of-use",
    "UserCode": "123456",
    "ProposedPassword": "Correct-Horse-9",
    "Password": "Correct-Horse-9",
    "ResourceArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_None",
    "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
    "SessionId": "tkn" + "0" * 25,
    "UserPoolId": "us-east-1_None",
}


def required(operation: str) -> frozenset[str]:
    """Return the names of the members that a request must have."""
    shape = _MODEL.operation_model(operation).input_shape
    return frozenset(shape.required_members if shape else ())


def request(operation: str, **given: Any) -> dict[str, Any]:
    """Return a request with no more than it must have.

    Args:
        operation: the operation's name.
        given: members with values of their own; those that it does not have are left out.
    """
    shape = _MODEL.operation_model(operation).input_shape
    if shape is None:
        return {}
    return _structure(shape, given) | {name: given[name] for name in given if name in shape.members}


def _structure(shape: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: given[name] if name in given else _value(name, shape.members[name])
        for name in shape.required_members
    }


def _value(name: str, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {} if shape.is_document_type else _structure(shape, {})
    if kind == "list":
        return [_value(name, shape.member)] * int(shape.metadata.get("min", 0))
    if kind == "map":
        return {}
    if kind == "string":
        text = shape.enum[0] if shape.enum else _TEXTS.get(name, "x")
        return text.ljust(int(shape.metadata.get("min", 0)), "x")
    return {"boolean": False, "blob": b"x", "timestamp": 0}.get(kind, 1)
