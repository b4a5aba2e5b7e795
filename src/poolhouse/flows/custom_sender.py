"""Custom senders: triggers that deliver a pool's e-mails or texts themselves (digest «users» §5.12)."""

import html
from collections.abc import Mapping

from poolhouse.domain.codes import Delivery, OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import (
    CodeDeliveryFailureException,
    TooManyRequestsException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.flows.call import AnyCall
from poolhouse.messages.compose import INVITATION
from poolhouse.triggers import events
from poolhouse.triggers.invoke import configured
from poolhouse.triggers.sender_keys import EncryptionError

_FAMILY = {"EMAIL": "CustomEmailSender", "SMS": "CustomSMSSender"}


def takes(pool: Pool, delivery: Delivery) -> bool:
    """Tell whether the pool has a sender of its own for a delivery's medium."""
    return configured(pool, _FAMILY[delivery.medium])


def tell(
    call: AnyCall,
    pool: Pool,
    user: User,
    entry: OutboxEntry,
    *,
    secret: str,
    attributes: Mapping[str, str],
    client_metadata: Mapping[str, str] | None,
) -> None:
    """Tell the pool's sender of a message. No transaction may be open.

    Args:
        call: the request, or the outbox's worker.
        pool: the user's pool.
        user: to whom.
        entry: the message.
        secret: the code or temporary password; "" for a message that tells none.
        attributes: the user's, as triggers see them; or what a notification tells.
        client_metadata: of the request; stored nowhere.

    Raises:
        CodeDeliveryFailureException: it could not be encrypted, or the sender failed or was too slow.
    """
    family = _FAMILY[entry.delivery.medium]
    if entry.source == INVITATION:  # the service escapes temporary passwords
        secret = html.escape(secret, quote=False)
    triggers = call.services.triggers
    try:
        code = triggers.keys.encrypt(pool, secret) if secret else None
        triggers.tell(
            pool,
            family,
            f"{family}_{entry.source}",
            event_id=entry.id,
            user_name=user.username,
            client_id=entry.client_id or None,
            request=events.custom_sender(family, attributes, client_metadata, code=code),
            user_agent=call.user_agent,
        )
    except (
        EncryptionError,
        UserLambdaValidationException,
        UnexpectedLambdaException,
        TooManyRequestsException,
    ) as error:
        raise CodeDeliveryFailureException("Failed to deliver the message.") from error
