"""PreventUserExistenceErrors: whoever is not there is dealt with like a user, by made-up means.

The same limits count, the same rows are written, and the answers look alike (digest «users» §3.7).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from poolhouse.domain import deliveries, made_up
from poolhouse.domain.aliases import USERNAME, normalise
from poolhouse.domain.client import Client
from poolhouse.domain.codes import Delivery
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.errors import CodeDeliveryFailureException, UserNotFoundException
from poolhouse.flows.call import AnyCall
from poolhouse.flows.lookup import find_user_evenly
from poolhouse.flows.proof import seed


def find(call: AnyCall, pool: Pool, client: Client, typed: str) -> User | None:
    """Return the user of that name, or None where there is none and the client must not know.

    Raises:
        UserNotFoundException: there is none, and the client may know.
    """
    user = call.store.read(lambda tx: find_user_evenly(tx, pool, typed))
    if user is None and not client.hides_users:
        raise UserNotFoundException("Username/client id combination not found.")
    return user


@contextmanager
def quietly(client: Client) -> Iterator[None]:
    """Keep a delivery's failure from a client that must not know who exists; the outbox tries again.

    Only a user who is there can fail to be reached.

    Raises:
        CodeDeliveryFailureException: it was raised inside, and the client may know.
    """
    try:
        yield
    except CodeDeliveryFailureException:
        if not client.hides_users:
            raise


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody who is not there; nothing that is stored is theirs but codes that were sent to no one."""

    user: User
    delivery: Delivery


def stand_in(call: AnyCall, pool: Pool, typed: str, usable: Sequence[str] = ()) -> StandIn:
    """Return who is dealt with in place of a user, and where a code would go: the same for the same name.

    Args:
        call: the request.
        pool: the pool.
        typed: the name as typed.
        usable: attributes to which the pool would send, the first choice first.
    """
    name = normalise(pool, USERNAME, typed)
    delivery = deliveries.simulated(usable, typed, made_up.address(seed(call, pool), name))
    nobody = User(
        pool_id=pool.id,
        sub=made_up.identifier(seed(call, pool), name),
        username=typed,
        status=Status.CONFIRMED,
        enabled=True,
        created=0.0,
        modified=0.0,
        attributes={delivery.attribute: delivery.destination},
    )
    return StandIn(nobody, delivery)
