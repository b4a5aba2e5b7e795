"""What a file of configuration has made: which resource of which stack is which in the store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource that `poolhouse apply` takes care of.

    Attributes:
        stack: the stack's name, under which a file is applied again.
        name: the resource's name in the file: a logical id, or a path of our own format.
        kind: such as `UserPoolClient`.
        identifier: what tells it from others of its kind in the pool.
    """

    pool_id: str
    stack: str
    name: str
    kind: str
    identifier: str
    version: int = 0
