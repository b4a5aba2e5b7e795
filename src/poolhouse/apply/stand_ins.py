"""Names and ARNs of what a template has beside user pools, which nobody makes here.

They are the same each time, so that settings such as `[[triggers.map]]` can speak of them: the Lambda
function `Welcome` of the stack `shop` is `arn:aws:lambda:<region>:<account>:function:shop-Welcome`, or has
the name that its `FunctionName` says.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

_NAMES = {
    "AWS::Cognito::UserPoolIdentityProvider": "ProviderName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Serverless::Function": "FunctionName",
}
"""Type → the property that names such a resource."""

_ARNS = {
    "AWS::CertificateManager::Certificate": "acm:us-east-1:{account}:certificate/{id}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{id}",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SES::EmailIdentity": "ses:{region}:{account}:identity/{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::Serverless::Function": "lambda:{region}:{account}:function:{name}",
}
_REF_IS_ARN = frozenset({"AWS::CertificateManager::Certificate", "AWS::SNS::Topic"})
_ARN_ATTRIBUTES = frozenset({"Arn", "TopicArn", "RoleArn", "CertificateArn"})


@dataclass(frozen=True, slots=True)
class StandIn:
    """A resource that is not made.

    Attributes:
        stack: the stack's name.
        name: its logical id.
        kind: its type.
    """

    stack: str
    name: str
    kind: str
    region: str
    account: str

    @property
    def naming(self) -> str | None:
        """The property that names it, if its type has one."""
        return _NAMES.get(self.kind)

    def attributes(self, named: str | None) -> Mapping[str, str]:
        """Return what is known of it: attribute → value, under "" what `Ref` gives.

        Args:
            named: the name that its properties say; None for one of ours.
        """
        name = named or f"{self.stack}-{self.name}"
        service = self.kind.split("::")[1].lower() if self.kind.startswith("AWS::") else "other"
        pattern = _ARNS.get(self.kind, f"{service}:{{region}}:{{account}}:{{name}}")
        unique = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.stack}/{self.name}"))
        arn = "arn:aws:" + pattern.format(region=self.region, account=self.account, name=name, id=unique)
        plain = unique if self.kind == "AWS::KMS::Key" else name
        return {"": arn if self.kind in _REF_IS_ARN else plain, **dict.fromkeys(_ARN_ATTRIBUTES, arn)}
