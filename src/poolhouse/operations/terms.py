"""Terms documents of app clients: terms of use and privacy policy, linked from the sign-up page."""

from dataclasses import replace

from poolhouse.domain.quotas import Quota
from poolhouse.domain.terms import Terms, check_links
from poolhouse.errors import ResourceNotFoundException, TermsExistsException
from poolhouse.flows import paging
from poolhouse.flows.call import AdminCall
from poolhouse.flows.configuration import write_configuration
from poolhouse.flows.lookup import stored_client, stored_pool
from poolhouse.flows.quotas import check_another_of_pool
from poolhouse.operations.registry import operation
from poolhouse.store import Conflict, StaleRow, Tx
from poolhouse.wire import shapes

_PAGE = 60


@operation
def create_terms(call: AdminCall, request: shapes.CreateTermsRequest) -> shapes.CreateTermsResponse:
    """Create one of a client's two documents.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such client in it.
        InvalidParameterException: a link is none of a web page.
        TermsExistsException: the client has a document of that name.
        LimitExceededException: the pool has as many as it may have.
    """
    links = request.Links or {}
    check_links(links)
    now = call.clock.now()
    document = Terms(
        request.UserPoolId,
        call.entropy.uuid(),
        request.ClientId,
        request.TermsName,
        request.TermsSource,
        request.Enforcement,
        links,
        now,
        now,
    )

    def work(tx: Tx) -> None:
        stored_client(tx, document.pool_id, document.client_id)
        check_another_of_pool(call, tx, Quota.TERMS, document.pool_id)
        _add(tx, document)

    call.store.write(work)
    return shapes.CreateTermsResponse(Terms=_shape(document))


@operation
def describe_terms(call: AdminCall, request: shapes.DescribeTermsRequest) -> shapes.DescribeTermsResponse:
    """Describe a document.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such document in it.
    """
    document = call.store.read(lambda tx: _require(tx, request.UserPoolId, request.TermsId))
    return shapes.DescribeTermsResponse(Terms=_shape(document))


@operation
def describe_terms_by_client(
    call: AdminCall, request: shapes.DescribeTermsByClientRequest
) -> shapes.DescribeTermsByClientResponse:
    """Describe a client's document of a name.

    Raises:
        ResourceNotFoundException: there is no such pool, client or document.
    """

    def work(tx: Tx) -> Terms:
        stored_client(tx, request.UserPoolId, request.ClientId)
        for document in tx.terms.of_client(request.UserPoolId, request.ClientId):
            if document.name == request.TermsName:
                return document
        raise ResourceNotFoundException(
            f"Terms {request.TermsName} do not exist for client {request.ClientId}."
        )

    return shapes.DescribeTermsByClientResponse(Terms=_shape(call.store.read(work)))


@operation
def list_terms(call: AdminCall, request: shapes.ListTermsRequest) -> shapes.ListTermsResponse:
    """List a pool's documents by id, a page at a time.

    Raises:
        ResourceNotFoundException: there is no such pool.
        InvalidParameterException: the token is none of this request's.
    """
    bound_to = f"ListTerms/{request.UserPoolId}"
    after = paging.position(call, bound_to, request.NextToken)
    limit = request.MaxResults or _PAGE

    def work(tx: Tx) -> list[Terms]:
        stored_pool(tx, request.UserPoolId)
        return tx.terms.list(request.UserPoolId, after, limit + 1)

    found = call.store.read(work)
    page = found[:limit]
    return shapes.ListTermsResponse(
        Terms=[
            shapes.TermsDescriptionType(
                TermsId=document.id,
                TermsName=document.name,
                Enforcement=document.enforcement,
                CreationDate=document.created,
                LastModifiedDate=document.modified,
            )
            for document in page
        ],
        NextToken=paging.next_token(call, bound_to, page[-1].id if len(found) > limit else None),
    )


@operation
def update_terms(call: AdminCall, request: shapes.UpdateTermsRequest) -> shapes.UpdateTermsResponse:
    """Change a document: what the request does not name stays; links are replaced whole.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such document in it.
        InvalidParameterException: a link is none of a web page.
        TermsExistsException: the client has another document of the new name.
        ConcurrentModificationException: the document never stops changing.
    """
    check_links(request.Links or {})
    now = call.clock.now()

    def work(tx: Tx) -> Terms:
        document = _require(tx, request.UserPoolId, request.TermsId)
        updated = replace(
            document,
            name=request.TermsName or document.name,
            source=request.TermsSource or document.source,
            enforcement=request.Enforcement or document.enforcement,
            links=document.links if request.Links is None else request.Links,
            modified=now,
        )
        if updated.name == document.name:
            return tx.terms.save(updated)
        if not tx.terms.delete(document):
            raise StaleRow("terms")
        _add(tx, updated)
        return updated

    return shapes.UpdateTermsResponse(Terms=_shape(write_configuration(call.store, work)))


@operation
def delete_terms(call: AdminCall, request: shapes.DeleteTermsRequest) -> None:
    """Delete a document; without both, the sign-up page shows neither.

    Raises:
        ResourceNotFoundException: there is no such pool, or no such document in it.
    """
    call.store.write(lambda tx: tx.terms.delete(_require(tx, request.UserPoolId, request.TermsId)))


def _add(tx: Tx, document: Terms) -> None:
    try:
        tx.terms.add(document)
    except Conflict:
        raise TermsExistsException(
            f"Terms {document.name} already exist for client {document.client_id}."
        ) from None


def _require(tx: Tx, pool_id: str, terms_id: str) -> Terms:
    stored_pool(tx, pool_id)
    document = tx.terms.get(pool_id, terms_id)
    if document is None:
        raise ResourceNotFoundException(f"Terms {terms_id} do not exist.")
    return document


def _shape(document: Terms) -> shapes.TermsType:
    return shapes.TermsType(
        TermsId=document.id,
        UserPoolId=document.pool_id,
        ClientId=document.client_id,
        TermsName=document.name,
        TermsSource=document.source,
        Enforcement=document.enforcement,
        Links=dict(document.links),
        CreationDate=document.created,
        LastModifiedDate=document.modified,
    )
