"""PreventUserExistenceErrors: whoever is not there is dealt with like a user, by made-up means.

The same limits count, the same rows are written, and the answers look alike (digest «users» §3.7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from poolhouse.domain import deliveries, made_up
from poolhouse.domain.aliases import USERNAME, normalise
from poolhouse.domain.client import Client
from poolhouse.domain.codes import Delivery, OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.errors import UserNotFoundException
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import after_the_answer, deliver, forget
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


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is sent a code, and where to.

    Attributes:
        real: False for somebody who is not there, or must not get one: nothing that is stored is theirs but
            codes that are sent to no one.
    """

    user: User
    delivery: Delivery
    real: bool = True


def stand_in(call: AnyCall, pool: Pool, typed: str, usable: Sequence[str] = ()) -> Addressee:
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
    return Addressee(nobody, delivery, real=False)


def addressee(
    call: AnyCall,
    pool: Pool,
    client: Client,
    typed: str,
    *,
    user: User | None,
    delivery: Delivery | None,
    usable: Sequence[str],
) -> Addressee:
    """Return who is sent a code; where there is nobody, or nowhere to send it, somebody in their place.

    Args:
        call: the request.
        pool: the pool.
        client: the app client.
        typed: the name as typed.
        user: None for nobody.
        delivery: where to; None where the client must not know why there is nowhere.
        usable: as `stand_in` takes it.
    """
    if user and delivery and not client.hides_users:
        return Addressee(user, delivery)
    instead = stand_in(call, pool, typed, usable)  # made up for users, too: it takes its time
    return Addressee(user, delivery) if user and delivery else instead


def tell(
    call: AnyCall,
    pool: Pool,
    client: Client,
    to: Addressee,
    *,
    entry: OutboxEntry,
    client_metadata: Mapping[str, str] | None,
) -> None:
    """Deliver a message that is stored; what is nobody's goes from the outbox as if it were delivered.

    Args:
        call: the request.
        pool: the pool.
        client: the app client.
        to: whose message it is.
        entry: the message, as stored.
        client_metadata: for the CustomMessage trigger; held in memory for this one try.

    Raises:
        ServiceError: as `deliver` does, where the client may know.
    """
    if to.real:
        unheard(call, client, lambda: deliver(call, pool, to.user, entry, client_metadata))
    else:
        unheard(call, client, lambda: forget(call, entry))


def unheard(call: AnyCall, client: Client, act: Callable[[], None]) -> None:
    """Do what only a user who is there has done, so that a client that must not know hears nothing of it.

    To such a client the answer goes first, whatever a mail server or a trigger is about; failures are for the
    log, and for the outbox to mend.

    Raises:
        ServiceError: it failed, and the client may know.
    """
    if client.hides_users:
        after_the_answer(call, act)
    else:
        act()
