"""The tables, for both engines.

Every primary key begins with `pool_id`, or the table is listed in `GLOBAL`. What is never searched is one
JSON document (`doc`); what is searched has a column or a row of its own. `version` is on every row that
changes, and every update compares it. Text compares byte by byte on both engines. There are no foreign
keys, no defaults, no serials: identifiers and times come from the application, deletion is explicit.

To add a table: define it here, its creation in `migrations/`, write its repository, name it in `tx.Tx`. What
belongs to a pool is swept with the pool by itself.
"""

from typing import Any

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _key(name: str) -> Column[Any]:
    return Column(name, _TEXT, primary_key=True, nullable=False)


def _text(name: str) -> Column[Any]:
    return Column(name, _TEXT, nullable=False)


def _time(name: str) -> Column[Any]:
    return Column(name, Double, nullable=False)


def _count(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False)


def _documents(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(name, metadata, *columns, _text("doc"), _count("version"))


def _narrow(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


pools = _documents("pools", _key("pool_id"))
pool_changes = _documents("pool_changes", _key("pool_id"))
doomed_pools = _narrow("doomed_pools", _key("pool_id"))
clients = _documents("clients", _key("pool_id"), _key("client_id"))
client_ids = _narrow("client_ids", _key("client_id"), _text("pool_id"))
resource_servers = _documents("resource_servers", _key("pool_id"), _key("identifier"))
domains = _narrow("domains", _key("domain"), _text("pool_id"), Index("domains_of_pool", "pool_id"))

users = _documents("users", _key("pool_id"), _key("sub"))
user_search = _narrow("user_search", _key("pool_id"), _key("name"), _key("value"), _key("sub"))
aliases = _narrow(
    "aliases",
    _key("pool_id"),
    _key("kind"),
    _key("value"),
    _text("sub"),
    Index("aliases_of_user", "pool_id", "sub"),
)
credentials = _documents("credentials", _key("pool_id"), _key("sub"))
# A place of a fixed number for each passkey: no user has more, however many register at once.
passkeys = _documents(
    "passkeys",
    _key("pool_id"),
    _key("sub"),
    Column("slot", Integer, primary_key=True, nullable=False),
    _text("credential_id"),
    Index("passkeys_by_id", "pool_id", "credential_id", unique=True),
)
software_tokens = _documents("software_tokens", _key("pool_id"), _key("sub"))
codes = _documents(
    "codes",
    _key("pool_id"),
    _key("sub"),
    _key("purpose"),
    _time("expires"),
    Index("codes_expired", "pool_id", "expires"),
)
groups = _documents(
    "groups",
    _key("pool_id"),
    _key("name"),
    _text("group_id"),
    Index("groups_by_id", "pool_id", "group_id", unique=True),
)
# By the group's id, which no later group of the same name has; in the order of ListUsersInGroup's pages.
members = _narrow(
    "members",
    _key("pool_id"),
    _key("group_id"),
    _key("sub"),
    Index("groups_of_user", "pool_id", "sub"),
)
doomed_groups = _narrow("doomed_groups", _key("pool_id"), _key("group_id"))

devices = _documents("devices", _key("pool_id"), _key("sub"), _key("device_key"), _count("remembered"))

attempts = _narrow(
    "attempts",
    _key("pool_id"),
    _key("subject"),
    _key("kind"),
    Column("window_start", Double, primary_key=True, nullable=False),
    _count("n"),
    Index("attempts_expired", "pool_id", "window_start"),
)
lockouts = _narrow(
    "lockouts",
    _key("pool_id"),
    _key("subject"),
    _count("failures"),
    _time("last_failure"),
    _count("version"),
    Index("lockouts_expired", "pool_id", "last_failure"),
)

# `revoked` and `version` beside the document are the truth: one statement revokes all families of a user.
families = _documents(
    "families",
    _key("pool_id"),
    _key("id"),
    _text("sub"),
    _time("expires"),
    _time("revoked"),
    Index("families_of_user", "pool_id", "sub"),
    Index("families_expired", "pool_id", "expires"),
)
# What a pool that tracks sessions knows of a family beside it; the family says whether it is good.
sessions = _narrow(
    "sessions",
    _key("pool_id"),
    _key("sub"),
    _key("family"),
    _time("expires"),
    _text("doc"),
    Index("sessions_expired", "pool_id", "expires"),
)
# What users let clients have, under the digest of the code that stands for it.
authorization_codes = _documents(
    "authorization_codes",
    _key("pool_id"),
    _key("digest"),
    _text("sub"),
    _time("expires"),
    Index("authorization_codes_of_user", "pool_id", "sub"),
    Index("authorization_codes_expired", "pool_id", "expires"),
)
# Whoever has signed in at the pages with a browser; the row is gone when that has ended.
browser_sessions = _narrow(
    "browser_sessions",
    _key("pool_id"),
    _key("id"),
    _text("sub"),
    _time("expires"),
    _text("doc"),
    Index("browser_sessions_of_user", "pool_id", "sub"),
    Index("browser_sessions_expired", "pool_id", "expires"),
)
spent = _narrow(
    "spent",
    _key("pool_id"),
    _key("token_id"),
    _time("expires"),
    Index("spent_expired", "pool_id", "expires"),
)

# `familiar` is an event's standing: 1 for what is the user's, -1 for what somebody denies.
auth_events = _documents(
    "auth_events",
    _key("pool_id"),
    _key("sub"),
    _key("id"),
    _time("created"),
    _time("expires"),
    _count("familiar"),
    Index("auth_events_by_time", "pool_id", "sub", "created", "id"),
    Index("auth_events_familiar", "pool_id", "sub", "familiar", "created"),
    Index("auth_events_expired", "pool_id", "expires"),
)

import_jobs = _documents(
    "import_jobs",
    _key("pool_id"),
    _key("job_id"),
    _time("created"),
    _count("running"),
    Index("import_jobs_by_time", "pool_id", "created", "job_id"),
    Index("import_jobs_running", "running", "pool_id", "job_id"),
)
import_files = _narrow(
    "import_files",
    _key("pool_id"),
    _key("job_id"),
    _key("upload"),
    Column("piece", Integer, primary_key=True, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
import_logs = _narrow(
    "import_logs",
    _key("pool_id"),
    _key("job_id"),
    Column("line", Integer, primary_key=True, nullable=False),
    _text("text"),
)

outbox = _documents(
    "outbox",
    _key("pool_id"),
    _key("id"),
    _time("not_before"),
    Index("outbox_due", "not_before", "pool_id", "id"),
)

# In the order of their delivery, so that a batch is one range of one index however many wait.
log_events = _narrow(
    "log_events",
    _key("pool_id"),
    _key("source"),
    Column("at", Double, primary_key=True, nullable=False),
    _key("id"),
    _text("record"),
)
log_queues = _documents("log_queues", _key("pool_id"), _key("source"), _count("failures"))

# `retired` is 0 for the newest key, which is thereby unique for its pool and use.
signing_keys = _documents(
    "signing_keys",
    _key("pool_id"),
    _key("use"),
    Column("retired", Double, primary_key=True, nullable=False),
)

# A place of a fixed number for each style: no pool has more, however many are made at once.
styles = _documents(
    "styles",
    _key("pool_id"),
    Column("slot", Integer, primary_key=True, nullable=False),
    _text("id"),
    _text("client_id"),
    Index("styles_by_id", "pool_id", "id", unique=True),
    Index("styles_of_client", "pool_id", "client_id", unique=True),
)
customizations = _documents("customizations", _key("pool_id"), _key("client_id"))
images = _documents("images", _key("pool_id"), _key("owner"), _key("name"))
terms = _documents(
    "terms",
    _key("pool_id"),
    _key("client_id"),
    _key("name"),
    _text("id"),
    Index("terms_by_id", "pool_id", "id", unique=True),
)

certificates = _documents("certificates", _key("pool_id"))
stack_resources = _documents(
    "stack_resources",
    _key("pool_id"),
    _key("stack"),
    _key("name"),
    Index("stack_resources_of_stack", "stack", "pool_id", "name"),
)

access_keys = _documents("access_keys", _key("id"))
provisioned_limits = _documents("provisioned_limits", _key("category"))
leases = _narrow("leases", _key("name"), _text("holder"), _time("until"), _count("version"))
connections = _narrow("connections", _key("id"), _count("unit"), _time("at"))
alembic_version = Table("alembic_version", metadata, Column("version_num", Text, primary_key=True))

GLOBAL = frozenset(
    {client_ids, domains, access_keys, provisioned_limits, leases, connections, alembic_version}
)
OF_A_POOL = tuple(
    table for table in metadata.sorted_tables if table not in GLOBAL and table not in (pools, doomed_pools)
)
