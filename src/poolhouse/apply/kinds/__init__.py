"""The kinds of resources that a file can describe.

To add one: a class in a module of its own, its line in `KINDS`, a row in `docs/how-to/apply.md`.
"""

from collections.abc import Mapping

from poolhouse.apply.kinds.base import Kind
from poolhouse.apply.kinds.clients import UserPoolClient
from poolhouse.apply.kinds.pools import UserPool

KINDS: Mapping[str, Kind] = {f"AWS::Cognito::{kind.name}": kind for kind in (UserPool(), UserPoolClient())}
"""Type → kind."""
