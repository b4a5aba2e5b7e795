"""Resources that `poolhouse apply` takes care of, by the stack that they belong to."""

from sqlalchemy import bindparam, select

from poolhouse.domain.stacks import StackResource
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link, Statement
from poolhouse.store.tables import pools, stack_resources

_RESOURCES = Documents(stack_resources, StackResource)
_OF_STACK = Statement(
    select(stack_resources.c.doc)
    .join(pools, pools.c.pool_id == stack_resources.c.pool_id)
    .where(stack_resources.c.stack == bindparam("stack"))
    .order_by(stack_resources.c.pool_id, stack_resources.c.name),
    across_pools=True,
)


class Stacks:
    """The resources of stacks."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def of(self, stack: str) -> list[StackResource]:
        """Return a stack's resources, without those of pools that are deleted."""
        return [_RESOURCES.decode(doc) for (doc,) in self._link.all(_OF_STACK, stack=stack)]

    def put(self, resource: StackResource) -> None:
        """Store a resource, new or known."""
        _RESOURCES.put(self._link, resource, _key(resource))

    def remove(self, resource: StackResource) -> None:
        """Forget a resource."""
        _RESOURCES.delete(self._link, **_key(resource))


def _key(resource: StackResource) -> dict[str, str]:
    return {"pool_id": resource.pool_id, "stack": resource.stack, "name": resource.name}
