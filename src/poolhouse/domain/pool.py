"""A user pool: its schema and its configuration, read through named properties."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """One attribute a pool knows, built-in or custom.

    Attributes:
        name: as stored and returned: `email`, `custom:department`, `dev:custom:x`.
        data_type: `String`, `Number`, `Boolean` or `DateTime`.
        string_constraints, number_constraints: as the service returns them (values are strings);
            None where the description carries no such member.
    """

    name: str
    data_type: str
    required: bool = False
    mutable: bool = True
    developer_only: bool = False
    string_constraints: Mapping[str, str] | None = None
    number_constraints: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of a pool, where its pages and OAuth endpoints are.

    Attributes:
        name: a prefix without dots, or a whole host name.
        created: seconds since the epoch.
        managed_login: `ManagedLoginVersion`: 1 for the classic pages, 2 for managed login.
        custom: `CustomDomainConfig` of a whole host name, in the wire's form; None for a prefix.
        routing: `Routing`, in the wire's form; stored and nothing else.
    """

    name: str
    created: float
    managed_login: int
    custom: Mapping[str, Any] | None = None
    routing: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica of a pool in a second region.

    Attributes:
        status: `ACTIVE` or `INACTIVE`.
        created: seconds since the epoch.
        config: the members of the configuration that the region has for itself, in the wire's form.
    """

    region: str
    status: str
    created: float
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Pool:
    """A user pool as stored.

    Attributes:
        schema: attribute name → its schema, in the order the service lists them.
        config: the members of CreateUserPool/UpdateUserPool in the wire's own form, defaults filled in,
            as DescribeUserPool returns them. Rules read it through the properties below.
        sealed_seed: 32 random bytes, sealed; feeds the made-up answers for users that do not exist.
        created, modified: seconds since the epoch.
        domains: at most one of each kind.
        risk: the risk configuration (`risk_config`), in the wire's form; None where there is none.
        naming: which rows of the alias table are the pool's (`domain.pool_change`).
        replicas: those in other regions.
    """

    id: str
    name: str
    created: float
    modified: float
    schema: Mapping[str, AttributeSchema]
    config: Mapping[str, Any]
    sealed_seed: bytes = b""
    domains: tuple[Domain, ...] = ()
    risk: Mapping[str, Any] | None = None
    naming: int = 0
    replicas: tuple[Replica, ...] = ()
    version: int = 0

    @property
    def srp_name(self) -> str:
        """The pool's name inside SRP: its id after the underscore (digest «sign-in» §2.9)."""
        return self.id.partition("_")[2]

    @property
    def region(self) -> str:
        """The region that the id begins with."""
        return self.id.partition("_")[0]

    @property
    def prefix_domain(self) -> Domain | None:
        """The domain under the server's suffix."""
        return next((domain for domain in self.domains if domain.custom is None), None)

    @property
    def custom_domain(self) -> Domain | None:
        """The domain that is a host name of its own."""
        return next((domain for domain in self.domains if domain.custom is not None), None)

    def arn(self, account: str, region: str = "") -> str:
        """Return the pool's ARN in an account, or that of its replica in a region."""
        return f"arn:aws:cognito-idp:{region or self.region}:{account}:userpool/{self.id}"

    def replica(self, region: str) -> Replica | None:
        """Return the pool's replica in a region; None where it has none, and where it is the primary."""
        return next((replica for replica in self.replicas if replica.region == region), None)

    def at(self, region: str) -> "Pool":
        """Return the pool as it is configured in a region."""
        replica = self.replica(region)
        return replace(self, config={**self.config, **replica.config}) if replica else self

    @property
    def tags(self) -> Mapping[str, str]:
        """`UserPoolTags`."""
        return self.config.get("UserPoolTags") or {}

    @cached_property
    def alias_attributes(self) -> frozenset[str]:
        """Attributes a user may sign in with once they are verified."""
        return frozenset(self.config.get("AliasAttributes") or ())

    @cached_property
    def username_attributes(self) -> frozenset[str]:
        """Attributes whose value is the sign-in name."""
        return frozenset(self.config.get("UsernameAttributes") or ())

    @cached_property
    def auto_verified(self) -> frozenset[str]:
        """Attributes that get a verification code by themselves."""
        return frozenset(self.config.get("AutoVerifiedAttributes") or ())

    @cached_property
    def verify_before_update(self) -> frozenset[str]:
        """Attributes that keep their old value until the code for the new one comes back."""
        settings = self.config.get("UserAttributeUpdateSettings") or {}
        return frozenset(settings.get("AttributesRequireVerificationBeforeUpdate") or ())

    @cached_property
    def case_sensitive(self) -> bool:
        """Whether usernames, e-mail addresses and preferred usernames compare with case."""
        return bool((self.config.get("UsernameConfiguration") or {}).get("CaseSensitive", True))

    @cached_property
    def password_policy(self) -> Mapping[str, Any]:
        """`Policies.PasswordPolicy`."""
        policy: Mapping[str, Any] = (self.config.get("Policies") or {}).get("PasswordPolicy") or {}
        return policy

    @cached_property
    def first_factors(self) -> frozenset[str]:
        """`Policies.SignInPolicy.AllowedFirstAuthFactors`; PASSWORD is always one."""
        policy = (self.config.get("Policies") or {}).get("SignInPolicy") or {}
        return frozenset(policy.get("AllowedFirstAuthFactors") or ()) | {"PASSWORD"}

    @cached_property
    def lambda_config(self) -> Mapping[str, Any]:
        """`LambdaConfig`: which trigger calls which ARN."""
        config: Mapping[str, Any] = self.config.get("LambdaConfig") or {}
        return config

    @cached_property
    def recovery_mechanisms(self) -> tuple[str, ...] | None:
        """The names in `AccountRecoverySetting`, the first choice first; None where it is not set."""
        mechanisms = (self.config.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms")
        if not mechanisms:
            return None
        return tuple(m["Name"] for m in sorted(mechanisms, key=lambda m: int(m["Priority"])))

    @property
    def remembers_devices(self) -> bool:
        """Whether devices are told apart at all: `DeviceConfiguration` is there."""
        return "DeviceConfiguration" in self.config

    @property
    def device_replaces_mfa(self) -> bool:
        """`ChallengeRequiredOnNewDevice`: a remembered device stands in for a second factor."""
        return bool((self.config.get("DeviceConfiguration") or {}).get("ChallengeRequiredOnNewDevice"))

    @property
    def asks_before_remembering(self) -> bool:
        """`DeviceOnlyRememberedOnUserPrompt`: a confirmed device is not remembered by itself."""
        return bool((self.config.get("DeviceConfiguration") or {}).get("DeviceOnlyRememberedOnUserPrompt"))

    @property
    def sends_texts(self) -> bool:
        """Whether the pool has a configuration to send SMS with."""
        return "SmsConfiguration" in self.config

    @property
    def mfa(self) -> str:
        """`MfaConfiguration`: OFF, OPTIONAL or ON."""
        return str(self.config.get("MfaConfiguration", "OFF"))

    @property
    def session_limit(self) -> int | None:
        """How many sessions a user may have at a time; None where the pool does not track them."""
        tracked = self.config.get("UserSessionTracking") == "ENABLED"
        return int(self.config["TokenSession"]["MaxPerUser"]) if tracked else None

    @property
    def threat_protection(self) -> str:
        """`UserPoolAddOns.AdvancedSecurityMode`: OFF, AUDIT or ENFORCED; always OFF below PLUS (`tiers`)."""
        return str((self.config.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode", "OFF"))

    @property
    def registers_clients(self) -> bool:
        """Whether applications may register app clients: `DcrConfiguration` is there and enabled."""
        return bool((self.config.get("DcrConfiguration") or {}).get("EnableStatus") == "Enabled")

    @property
    def custom_threat_protection(self) -> str:
        """The same for sign-ins by CUSTOM_AUTH: `AdvancedSecurityAdditionalFlows.CustomAuthMode`."""
        also = (self.config.get("UserPoolAddOns") or {}).get("AdvancedSecurityAdditionalFlows") or {}
        return str(also.get("CustomAuthMode") or "OFF")

    @property
    def tier(self) -> str:
        """`UserPoolTier`: LITE, ESSENTIALS or PLUS."""
        return str(self.config.get("UserPoolTier", "ESSENTIALS"))
