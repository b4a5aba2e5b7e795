"""E-mail through Amazon SES, `SendEmail` of API version 2."""

from collections.abc import Callable

from poolhouse.messages.outgoing import Mail, SendingError
from poolhouse.outbound.aws import AwsClients, RefusedError
from poolhouse.outbound.aws import failures as aws_failures
from poolhouse.settings import Messages


def sender(settings: Messages, aws: AwsClients) -> Callable[[Mail], None]:
    """Return the sender."""

    def send(mail: Mail) -> None:
        bodies = {"Text": mail.plain, "Html" if mail.html else "Text": mail.body}
        client = aws.client("sesv2", endpoint=settings.ses_endpoint, timeout_seconds=settings.timeout_seconds)
        request = {
            "FromEmailAddress": mail.sender,
            "FromEmailAddressIdentityArn": mail.identity_arn,
            "ConfigurationSetName": mail.configuration_set,
            "ReplyToAddresses": [mail.reply_to] if mail.reply_to else None,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {
                        form: {"Data": body, "Charset": "UTF-8"} for form, body in bodies.items() if body
                    },
                }
            },
        }
        try:
            with aws_failures():
                client.send_email(**{name: value for name, value in request.items() if value})
        except (RefusedError, OSError) as error:
            raise SendingError(f"SES: {error}") from error

    return send
