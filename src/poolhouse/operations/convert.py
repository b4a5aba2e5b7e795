"""Values as the wire carries them, for the operations on users."""

from collections.abc import Callable, Collection, Mapping

from poolhouse.domain.aliases import PHONE
from poolhouse.domain.codes import Delivery
from poolhouse.domain.masks import mask
from poolhouse.domain.second_factors import SMS_MFA
from poolhouse.domain.user import User
from poolhouse.wire.shapes import (
    AttributeType,
    CodeDeliveryDetailsType,
    ContextDataType,
    MFAOptionType,
    UserContextDataType,
    UserType,
)


def pairs(attributes: list[AttributeType] | None) -> list[tuple[str, str | None]]:
    """Return attributes as sent, in their order."""
    return [(attribute.Name, attribute.Value) for attribute in attributes or ()]


def mapping(attributes: list[AttributeType] | None) -> Mapping[str, str] | None:
    """Return `ValidationData` as triggers see it."""
    return None if attributes is None else {name: value or "" for name, value in pairs(attributes)}


def attribute_list(user: User, may_show: Callable[[str], bool] = lambda _: True) -> list[AttributeType]:
    """Return a user's attributes, `sub` first.

    Args:
        user: the user.
        may_show: tells of each attribute but `sub` whether it is to be shown.
    """
    shown = [AttributeType(Name=name, Value=v) for name, v in user.attributes.items() if may_show(name)]
    return [AttributeType(Name="sub", Value=user.sub), *shown]


def mfa_options(user: User) -> list[MFAOptionType] | None:
    """Return `MFAOptions`, which know of SMS alone; None where that is off."""
    if SMS_MFA not in user.mfa.enabled:
        return None
    return [MFAOptionType(DeliveryMedium="SMS", AttributeName=PHONE)]


def user_type(user: User, wanted: Collection[str] | None = None) -> UserType:
    """Return a user as lists show it.

    Args:
        user: the user.
        wanted: names of the attributes to show; None shows all.
    """
    shown = attribute_list(user)
    return UserType(
        Username=user.username,
        Attributes=shown if wanted is None else [a for a in shown if a.Name in wanted],
        UserCreateDate=user.created,
        UserLastModifiedDate=user.modified,
        Enabled=user.enabled,
        UserStatus=user.status.value,
        MFAOptions=mfa_options(user),
    )


def user_ip(context: ContextDataType | UserContextDataType | None) -> str | None:
    """Return the address that a server says is its user's."""
    return context.IpAddress if context else None


def user_agent(context: ContextDataType | None) -> str:
    """Return the User-Agent header that a server says its user's device has sent, or ""."""
    headers = (context.HttpHeaders or []) if context else []
    named = (header.headerValue for header in headers if (header.headerName or "").lower() == "user-agent")
    return next(named, None) or ""


def code_delivery(delivery: Delivery) -> CodeDeliveryDetailsType:
    """Return where a code went, masked."""
    return CodeDeliveryDetailsType(
        Destination=mask(delivery.medium, delivery.destination),
        DeliveryMedium=delivery.medium,
        AttributeName=delivery.attribute,
    )
