"""What the pages of a pool look like, and the documents that they show."""

from collections.abc import Mapping
from typing import Any

from poolhouse.apply.hand import Hand, Want
from poolhouse.apply.kinds.base import Kind, NoExtras, shape, without
from poolhouse.wire import constraints as c
from poolhouse.wire import shapes


class UserPoolUICustomizationAttachment(Kind):
    """The CSS of a client's classic pages, or with `ALL` of those that have none of their own."""

    name = "UserPoolUICustomizationAttachment"
    properties = shape(
        "UserPoolUICustomizationAttachment", shapes.SetUICustomizationRequest, leave_out={"ImageFile"}
    )
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the client's id, or `ALL`."""
        return str(want.properties.get("ClientId", "ALL"))

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Return the client's own CSS, and where its logo is."""
        client_id = self.identifier(want)
        about = {"UserPoolId": want.pool_id, "ClientId": client_id}
        found = hand.find("GetUICustomization", "UICustomization", **about)
        if found is None or found.get("ClientId") != client_id:
            return None
        return {name: found[name] for name in ("CSS", "ImageUrl") if name in found}

    def make(self, hand: Hand, want: Want) -> None:
        """Set it."""
        hand.ask("SetUICustomization", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:
        """Set it where the CSS is another; the operation takes the logo away, which a file cannot have."""
        if want.properties.get("CSS") != before.get("CSS"):
            hand.ask("SetUICustomization", **want.properties)


class ManagedLoginBranding(Kind):
    """A client's style of managed login."""

    name = "ManagedLoginBranding"
    properties = shape(
        "ManagedLoginBranding",
        shapes.CreateManagedLoginBrandingRequest,
        ReturnMergedResources=c.BooleanType,
    )
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the client's id: it has one style."""
        return str(want.properties["ClientId"])

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:
        """Return the style's id."""
        style_id = (self._found(hand, want) or {}).get("ManagedLoginBrandingId", "")
        return {"": f"{want.pool_id}|{style_id}", "ManagedLoginBrandingId": style_id}

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe it: what its owner has set."""
        found = self._found(hand, want)
        shown = ("Assets", "Settings", "UseCognitoProvidedValues")
        return None if found is None else {name: found[name] for name in shown if found.get(name) is not None}

    def make(self, hand: Hand, want: Want) -> None:
        """Create it."""
        hand.ask("CreateManagedLoginBranding", **without(want.properties, {"ReturnMergedResources"}))

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Begin again with the service's own values, for an update leaves what it does not name."""
        style_id = self.attributes(hand, want)["ManagedLoginBrandingId"]
        about = {"UserPoolId": want.pool_id, "ManagedLoginBrandingId": style_id}
        hand.ask("UpdateManagedLoginBranding", **about, UseCognitoProvidedValues=True)
        wanted = {name: want.properties[name] for name in ("Assets", "Settings") if name in want.properties}
        if not want.properties.get("UseCognitoProvidedValues"):
            hand.ask("UpdateManagedLoginBranding", **about, UseCognitoProvidedValues=False, **wanted)

    def _found(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        about = {"UserPoolId": want.pool_id, "ClientId": self.identifier(want)}
        return hand.find("DescribeManagedLoginBrandingByClient", "ManagedLoginBranding", **about)


class Terms(Kind):
    """A document that a client's sign-up page links to."""

    name = "Terms"
    properties = shapes.CreateTermsRequest
    extras = NoExtras

    def identifier(self, want: Want) -> str:
        """Return the client's id and the document's name."""
        return f"{want.properties['ClientId']}/{want.properties['TermsName']}"

    def attributes(self, hand: Hand, want: Want) -> Mapping[str, Any]:
        """Return the document's id."""
        terms_id = (self._found(hand, want) or {}).get("TermsId", "")
        return {"": f"{want.pool_id}|{terms_id}", "TermsId": terms_id}

    def read(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        """Describe it."""
        found = self._found(hand, want)
        shown = ("Enforcement", "Links", "TermsSource")
        return None if found is None else {name: found[name] for name in shown if name in found}

    def make(self, hand: Hand, want: Want) -> None:
        """Create it."""
        hand.ask("CreateTerms", **want.properties)

    def change(self, hand: Hand, want: Want, before: dict[str, Any]) -> None:  # noqa: ARG002
        """Replace what it says."""
        terms_id = self.attributes(hand, want)["TermsId"]
        members = {"Links": {}, **without(want.properties, {"ClientId"})}
        hand.ask("UpdateTerms", TermsId=terms_id, **members)

    def _found(self, hand: Hand, want: Want) -> dict[str, Any] | None:
        about = {name: want.properties[name] for name in ("UserPoolId", "ClientId", "TermsName")}
        return hand.find("DescribeTermsByClient", "Terms", **about)
