"""SMS through Amazon SNS, `Publish`."""

from collections.abc import Callable

from poolhouse.messages.outgoing import SendingError, Sms
from poolhouse.outbound.aws import AwsClients, RefusedError
from poolhouse.outbound.aws import failures as aws_failures
from poolhouse.settings import Messages


def sender(settings: Messages, aws: AwsClients) -> Callable[[Sms], None]:
    """Return the sender."""

    def send(sms: Sms) -> None:
        client = aws.client("sns", endpoint=settings.sns_endpoint, timeout_seconds=settings.timeout_seconds)
        kind = {"DataType": "String", "StringValue": "Transactional"}
        try:
            with aws_failures():
                client.publish(
                    PhoneNumber=sms.to, Message=sms.body, MessageAttributes={"AWS.SNS.SMS.SMSType": kind}
                )
        except (RefusedError, OSError) as error:
            raise SendingError(f"SNS: {error}") from error

    return send
