"""Settings: one frozen Struct for each concern, read once from a TOML file and the environment.

A value comes from the command line, else from the environment (`POOLHOUSE_<SECTION>_<FIELD>`), else from the
TOML file (`[section]`, `field = …`), else it is the default. Every default works. The reference page is
generated from the descriptions below, and a test compares the two.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The regions that a deployment answers for, its own among them, where user pools have replicas."""

    name: Annotated[
        str, Meta(pattern=r"^[a-z0-9-]{5,32}$", description="As in signatures and ARNs, such as `eu-west-1`.")
    ]
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^/]+$",
            description="URL under which clients reach the region; tells the region of requests that are not "
            "signed.",
        ),
    ]


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens and what it calls itself."""

    host: Annotated[str, Meta(description="Address to listen on. `--dev` takes loopback addresses only.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = 9229
    public_url: Annotated[
        str,
        Meta(
            description="URL under which clients reach the server, without a slash at its end: the base of "
            "every issuer and link. Empty means `http://localhost:<port>`, with TLS of its own `https://…`."
        ),
    ] = ""
    domain_suffix: Annotated[
        str,
        Meta(
            description="Host name under which each pool's prefix domain has a host of its own, such as "
            "`auth.example.com` for `https://<prefix>.auth.example.com`; DNS must lead them here. Empty "
            "means that all prefix domains are at the public URL, where the app client tells pools apart."
        ),
    ] = ""
    region: Annotated[
        str,
        Meta(
            description="Region that new pool ids begin with; of several, the one of requests that name none."
        ),
    ] = "us-east-1"
    regions: Annotated[
        tuple[Region, ...],
        Meta(description="Regions for replicas, see below. Empty means that there is one, `region`."),
    ] = ()
    account_id: Annotated[str, Meta(pattern=r"^\d{12}$", description="Account in ARNs.")] = "000000000000"
    threads: Annotated[
        int,
        Meta(
            ge=1,
            le=512,
            description="Threads that run requests, per process; started at need. Who waits for a "
            "password's hash or a trigger holds one.",
        ),
    ] = 256
    processes: Annotated[
        int, Meta(ge=1, le=256, description="Server processes. SQLite has one; PostgreSQL may have several.")
    ] = 1
    body_limit: Annotated[int, Meta(ge=1024, description="Largest request body, in bytes.")] = 1_048_576
    tls_certificate: Annotated[str, Meta(description="PEM file; with it the server speaks TLS.")] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the certificate's private key.")] = ""
    trust_forwarded: Annotated[
        bool,
        Meta(
            description="Believe your own proxy: the caller's address is in `X-Forwarded-For`, and whether "
            "it came by TLS in `X-Forwarded-Proto`."
        ),
    ] = False
    apply: Annotated[
        str,
        Meta(
            description="A file (CloudFormation, SAM or our own TOML) that is applied before the server "
            "listens, as `poolhouse apply --yes` does it. Where it cannot be, the server does not start."
        ),
    ] = ""
    apply_parameters: Annotated[
        tuple[str, ...], Meta(description="Parameters of that file, each `NAME=VALUE`.")
    ] = ()
    dev_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins (`https://tools.example.com`) of web pages that may administer a server of "
            "`--dev`, beside those of this machine."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Check that a server is in one of its deployment's regions.

        Raises:
            ValueError: it is not, or one is listed twice.
        """
        names = [region.name for region in self.regions]
        if names and (self.region not in names or len(set(names)) < len(names)):
            raise ValueError("`regions` lists each region once, and `region` among them")


class Storage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the data lives."""

    url: Annotated[
        str,
        Meta(
            description="`postgresql://user:password@host/database`, or `sqlite:////absolute/path.db`. Empty "
            "means `poolhouse.db` in the data folder."
        ),
    ] = ""
    connections: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Connections to PostgreSQL that a process has at most; each is lent for one "
            "transaction at a time. All processes together must stay under the database's `max_connections`.",
        ),
    ] = 32


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key ring under which secrets are encrypted at rest."""

    keyring: Annotated[
        str,
        Meta(description="Path of the key ring file. Empty means `keyring.json` in the data folder."),
    ] = ""
    key: Annotated[
        str,
        Meta(
            description="A key of 32 bytes in base64 that takes the place of the file: a ring of one, for "
            "platforms that hand secrets over in the environment."
        ),
    ] = ""


class Passwords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id's cost, and which passwords are compromised.

    `--dev` checks passwords with the sealed SRP verifier alone, so that tests fly.
    """

    memory_kib: Annotated[int, Meta(ge=8, description="Memory of one hash, in KiB.")] = 19456
    passes: Annotated[int, Meta(ge=1, description="Passes over the memory.")] = 2
    lanes: Annotated[int, Meta(ge=1, description="Lanes.")] = 1
    compromised: Annotated[
        str,
        Meta(
            description="The list of compromised passwords for threat protection: a folder of Have I Been "
            "Pwned's range files (`21BD1.txt` or `21BD1`), or its single file of SHA-1 hashes in order. "
            "Empty means that no password is."
        ),
    ] = ""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one may call, and how many there may be."""

    requests: Annotated[
        bool, Meta(description="Enforce the service's request rates by category (TooManyRequestsException).")
    ] = False
    most_requests: Annotated[
        int,
        Meta(
            ge=0,
            description="The highest rate of a category that UpdateProvisionedLimit may set, in requests a "
            "second; in the place of an account's Service Quotas.",
        ),
    ] = 10_000
    attempts: Annotated[
        bool,
        Meta(
            description="Enforce the hourly limits for each user on codes and passwords "
            "(LimitExceededException)."
        ),
    ] = True
    quotas: Annotated[
        str,
        Meta(
            pattern="^(default|raised|off)$",
            description="How many pools, custom domains, app clients, groups, resource servers, terms "
            "documents and import jobs there may be (LimitExceededException): `default` as many as the "
            "service gives an account, `raised` as many as it gives one that asks, `off` any number.",
        ),
    ] = "raised"
    app_clients: Annotated[
        int,
        Meta(
            ge=0,
            description="App clients of a pool from which on `/oauth2/register` makes no more; the service's "
            "quota is the default. Administrators are not limited.",
        ),
    ] = 1_000
    registrations: Annotated[
        int,
        Meta(
            ge=0,
            description="App clients that one address (of IPv6, a network of 64 bits) may register with a "
            "pool in an hour without an initial access token; 0 for no limit. Behind a proxy it takes "
            "`server.trust_forwarded`.",
        ),
    ] = 20
    address_failures: Annotated[
        int,
        Meta(
            ge=0,
            description="Wrong answers from one address (of IPv6, a network of 64 bits), over all names of a "
            "pool and without 15 quiet minutes, before it is locked out for growing times; 0 for no limit. "
            "Behind a proxy it takes `server.trust_forwarded`.",
        ),
    ] = 100


class Beyond(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the service does not do. All of it is off unless asked for."""

    partial_updates: Annotated[
        bool,
        Meta(
            description="UpdateUserPool and UpdateUserPoolClient leave alone what is not sent; with the "
            "service it goes back to its default."
        ),
    ] = False
    search: Annotated[
        bool,
        Meta(
            description="Filters of ListUsers may name any attribute and say `*=` (contains), `and`, `or`, "
            "parentheses and `order by`."
        ),
    ] = False
    living_schema: Annotated[
        bool,
        Meta(
            description="`poolhouse pool change` may change what the service fixes when a pool is created: "
            "aliases, username attributes, case sensitivity, and what is required and mutable."
        ),
    ] = False


class Aws(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How AWS is called: Lambda, SES, SNS, KMS, logs. Empty fields mean botocore's own search."""

    region: Annotated[
        str,
        Meta(
            description="Region of SES, SNS and S3; empty means `server.region`. Other ARNs name their own."
        ),
    ] = ""
    access_key_id: Annotated[str, Meta(description="Access key id.")] = ""
    secret_access_key: Annotated[str, Meta(description="Its secret.")] = ""
    session_token: Annotated[str, Meta(description="Session token of temporary credentials.")] = ""


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the Lambda triggers whose ARN matches a pattern are called."""

    arn: Annotated[str, Meta(description="Pattern with `*` and `?` that a trigger's ARN is compared with.")]
    kind: Annotated[
        str,
        Meta(
            pattern="^(lambda|webhook|python)$",
            description="`lambda` (AWS Invoke), `webhook` (signed HTTPS POST) or `python` (a callable).",
        ),
    ]
    endpoint: Annotated[str, Meta(description="Lambda endpoint; empty means AWS's own.")] = ""
    url: Annotated[str, Meta(description="Webhook's URL: https, or http on a loopback address.")] = ""
    secret: Annotated[
        str,
        Meta(description="Webhook's signing secret: `whsec_` and base64, or plain text."),
    ] = ""
    public_only: Annotated[
        bool, Meta(description="Refuse a webhook whose host resolves to a private address.")
    ] = False
    callable: Annotated[str, Meta(description="`module:function` that takes the event and returns it.")] = ""


class SenderKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands for the KMS keys (`KMSKeyID`) that encrypt the codes of custom senders."""

    arn: Annotated[
        str, Meta(description="Pattern with `*` and `?` that a pool's `KMSKeyID` is compared with.")
    ]
    kind: Annotated[
        str,
        Meta(
            pattern="^(local|kms)$",
            description="`local` (a key of your own) or `kms` (AWS KMS, or what speaks its API).",
        ),
    ] = "local"
    file: Annotated[str, Meta(description="Key file that `poolhouse sender-key create` made.")] = ""
    key: Annotated[str, Meta(description="The key itself, 32 bytes in base64, in place of the file.")] = ""
    endpoint: Annotated[str, Meta(description="KMS endpoint; empty means AWS's own.")] = ""


class Triggers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lambda triggers: what is called, and for how long we wait."""

    map: Annotated[tuple[Trigger, ...], Meta(description="First match counts.")] = ()
    keys: Annotated[
        tuple[SenderKey, ...], Meta(description="Keys of custom senders. First match counts.")
    ] = ()
    timeout_seconds: Annotated[float, Meta(gt=0, description="Time for one attempt.")] = 5.0
    attempts: Annotated[
        int, Meta(ge=1, le=3, description="Attempts after time-outs and failed connections.")
    ] = 3


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How e-mail and SMS leave."""

    email: Annotated[
        str, Meta(pattern="^(folder|smtp|ses|none)$", description="`folder`, `smtp`, `ses` or `none`.")
    ] = "none"
    sms: Annotated[
        str, Meta(pattern="^(folder|sns|twilio|none)$", description="`folder`, `sns`, `twilio` or `none`.")
    ] = "none"
    sender: Annotated[
        str, Meta(description="From of e-mails of pools whose EmailConfiguration has no `From`.")
    ] = "no-reply@localhost"
    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="Time for each step of sending: connecting, each answer. A message that takes three "
            "times as long is tried again later.",
        ),
    ] = 10.0
    smtp_host: Annotated[str, Meta(description="SMTP server.")] = "localhost"
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[
        str,
        Meta(
            pattern="^(starttls|tls|none)$",
            description="`starttls` (required, not tried), `tls` (from the first byte, port 465) or `none`.",
        ),
    ] = "starttls"
    smtp_ca: Annotated[
        str,
        Meta(
            description="PEM file of the authority that signed the server's certificate; empty: the system's."
        ),
    ] = ""
    smtp_user: Annotated[str, Meta(description="User for AUTH; empty means none.")] = ""
    smtp_password: Annotated[str, Meta(description="Password for AUTH.")] = ""
    ses_endpoint: Annotated[str, Meta(description="SES endpoint; empty means AWS's own.")] = ""
    sns_endpoint: Annotated[str, Meta(description="SNS endpoint; empty means AWS's own.")] = ""
    twilio_url: Annotated[str, Meta(description="Base of Twilio's API, or of one that speaks it.")] = (
        "https://api.twilio.com"
    )
    twilio_account: Annotated[str, Meta(description="Account SID.")] = ""
    twilio_token: Annotated[str, Meta(description="Auth token.")] = ""
    twilio_sender: Annotated[
        str, Meta(description="Sender's number, or the SID of a messaging service (`MG…`).")
    ] = ""


class LogDestination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a log group, bucket or stream stands for that pools send their logs to."""

    arn: Annotated[
        str,
        Meta(description="Pattern with `*` and `?` that the ARN in a pool's configuration is compared with."),
    ]
    kind: Annotated[
        str,
        Meta(
            pattern="^(file|cloudwatch|s3|firehose|webhook)$",
            description="`file` (JSON lines); `cloudwatch`, `s3`, `firehose` (AWS, or what speaks its API); "
            "`webhook` (signed HTTPS POST of JSON lines).",
        ),
    ]
    pools: Annotated[str, Meta(description="Pattern of the ids of the pools that may use it.")] = "*"
    folder: Annotated[
        str,
        Meta(
            description="Folder of the files, `<pool id>/<source>.jsonl`. Empty: `logs` in the data folder."
        ),
    ] = ""
    endpoint: Annotated[str, Meta(description="AWS endpoint; empty means AWS's own.")] = ""
    bucket: Annotated[str, Meta(description="S3 bucket; empty means the one that the ARN names.")] = ""
    prefix: Annotated[
        str, Meta(description="What the keys of S3 objects begin with, such as `cognito/`.")
    ] = ""
    url: Annotated[str, Meta(description="Webhook's URL: https, or http on a loopback address.")] = ""
    secret: Annotated[
        str,
        Meta(description="Webhook's signing secret: `whsec_` and base64, or plain text."),
    ] = ""
    public_only: Annotated[
        bool, Meta(description="Refuse a webhook whose host resolves to a private address.")
    ] = False


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log delivery: where the logs go that pools are set up to send."""

    map: Annotated[
        tuple[LogDestination, ...],
        Meta(description="First match counts. With `--dev` all go to files unless it says otherwise."),
    ] = ()
    timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            description="Time for each step of a delivery: connecting, each answer. One that takes three "
            "times as long is tried again later.",
        ),
    ] = 10.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them."""

    server: Server = Server()
    storage: Storage = Storage()
    secrets: Secrets = Secrets()
    passwords: Passwords = Passwords()
    limits: Limits = Limits()
    aws: Aws = Aws()
    triggers: Triggers = Triggers()
    messages: Messages = Messages()
    logs: Logs = Logs()
    beyond: Beyond = Beyond()
    dev: bool = False
    data: str = ".poolhouse"

    @property
    def public_url(self) -> str:
        """The base of issuers and links, without a slash at its end."""
        scheme = "https" if self.server.tls_certificate else "http"
        return (
            self.server.public_url.rstrip("/")
            or self._listed(self.server.region)
            or f"{scheme}://localhost:{self.server.port}"
        )

    @property
    def region_names(self) -> tuple[str, ...]:
        """The regions that this deployment answers for; none where there is but one."""
        return tuple(region.name for region in self.server.regions)

    def region_url(self, region: str) -> str:
        """Return the URL of a region; the public one for what is none of the deployment's."""
        return self._listed(region) or self.public_url

    def issuer(self, pool_id: str) -> str:
        """The issuer in a pool's tokens, under which its keys are published: one for all regions."""
        return f"{self.region_url(pool_id.partition('_')[0])}/{pool_id}"

    def _listed(self, region: str) -> str:
        return next((each.public_url for each in self.server.regions if each.name == region), "")

    @property
    def store_url(self) -> str:
        """The store's URL, with the data folder's SQLite file as default."""
        return self.storage.url or f"sqlite:///{Path(self.data).resolve() / 'poolhouse.db'}"

    @property
    def keyring_path(self) -> Path:
        """The key ring's file."""
        return Path(self.secrets.keyring) if self.secrets.keyring else Path(self.data) / "keyring.json"

    @property
    def outbox_folder(self) -> Path:
        """Where the `folder` channels write."""
        return Path(self.data) / "outbox"

    @property
    def logs_folder(self) -> Path:
        """Where logs go whose destination names no folder."""
        return Path(self.data) / "logs"


class SettingsError(Exception):
    """A setting that cannot be read; the message says which and what it takes."""


def load(
    file: str | None,
    overrides: Mapping[str, Mapping[str, Any]],
    *,
    dev: bool = False,
    data: str = ".poolhouse",
) -> Settings:
    """Read the settings.

    Args:
        file: path of a TOML file, or None.
        overrides: section → field → value given on the command line; None values are no values.
        dev: whether this is `serve --dev`, whose messages and logs go to the data folder.
        data: the data folder.

    Raises:
        SettingsError: the file cannot be read, or a value is not what its field takes.
    """
    try:
        tree: dict[str, Any] = tomllib.loads(Path(file).read_text()) if file else {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    sections = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for name, section in sections.items():
        if isinstance(section, type) and issubclass(section, msgspec.Struct):
            given = dict(tree.get(name) or {})
            given |= _environment(name, section)
            given |= {k: v for k, v in overrides.get(name, {}).items() if v is not None}
            tree[name] = given
    if dev:
        tree["messages"] = {"email": "folder", "sms": "folder"} | tree["messages"]
        tree["logs"] = {"map": [{"arn": "*", "kind": "file"}]} | tree["logs"]
    try:
        return msgspec.convert(tree | {"dev": dev, "data": data}, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error)) from error


def _environment(section: str, struct: type[msgspec.Struct]) -> dict[str, str]:
    names = {f"POOLHOUSE_{section}_{field}".upper(): field for field in struct.__struct_fields__}
    return {field: os.environ[name] for name, field in names.items() if name in os.environ}
