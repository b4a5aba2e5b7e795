"""How many of a thing there may be: each quota at its edge, two at the same moment, raised and lifted."""

from dataclasses import replace
from functools import partial

import msgspec
import pytest
from botocore.exceptions import ClientError

from poolhouse.domain.import_jobs import ImportJob
from poolhouse.domain.quotas import Quota
from poolhouse.domain.resource_servers import ResourceServer
from poolhouse.store import open_store
from support.people import at_once
from support.refusals import refusal, words_of
from support.server import running_server
from support.things import a_client, a_document, a_group, a_pool


@pytest.fixture
def limited(store_url, clock, tmp_path, request):
    """A server with a setting of quotas."""

    def change(settings):
        limits = msgspec.structs.replace(settings.limits, quotas=getattr(request, "param", "default"))
        return msgspec.structs.replace(settings, limits=limits)

    with running_server(open_store(store_url, clock), tmp_path, clock, change) as running:
        yield running


def fill(server, pool, quota, count):
    """Put so many of a thing into the store."""
    put = {
        Quota.POOLS: lambda tx, n: tx.pools.add(a_pool(f"us-east-1_{n}")),
        Quota.CUSTOM_DOMAINS: lambda tx, n: tx.domains.hold(f"auth{n}.example.com", "us-east-1_0"),
        Quota.CLIENTS: lambda tx, n: tx.clients.add(a_client(f"client{n}", pool)),
        Quota.GROUPS: lambda tx, n: tx.groups.add(a_group(f"group{n}", pool)),
        Quota.RESOURCE_SERVERS: lambda tx, n: tx.resource_servers.add(
            ResourceServer(pool, f"api{n}", "a", {})
        ),
        Quota.TERMS: lambda tx, n: tx.terms.add(replace(a_document(f"t{n}", pool), client_id=f"c{n}")),
        Quota.IMPORT_JOBS: lambda tx, n: tx.import_jobs.add(ImportJob(pool, f"job{n}", "n", "", "", 1.0)),
    }[quota]
    server.services.store.write(lambda tx: [put(tx, n) for n in range(count)])


def creation(idp, pool, quota, n):
    """Return what makes one more through the API."""
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    idp.delete_user_pool_client(UserPoolId=pool, ClientId=client)
    return {
        Quota.POOLS: partial(idp.create_user_pool, PoolName="one more"),
        Quota.CUSTOM_DOMAINS: partial(
            idp.create_user_pool_domain,
            UserPoolId=pool,
            Domain=f"login{n}.example.com",
            CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c"},
        ),
        Quota.CLIENTS: partial(idp.create_user_pool_client, UserPoolId=pool, ClientName="one more"),
        Quota.GROUPS: partial(idp.create_group, UserPoolId=pool, GroupName=f"more{n}"),
        Quota.RESOURCE_SERVERS: partial(
            idp.create_resource_server, UserPoolId=pool, Identifier=f"more{n}", Name="more"
        ),
        Quota.IMPORT_JOBS: partial(
            idp.create_user_import_job,
            UserPoolId=pool,
            JobName="more",
            CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/logs",
        ),
    }[quota]


WORDS = {
    Quota.POOLS: "An account can have at most 1,000 user pools.",
    Quota.CUSTOM_DOMAINS: "An account can have at most 4 custom domains.",
    Quota.CLIENTS: "A user pool can have at most 1,000 app clients.",
    Quota.GROUPS: "A user pool can have at most 10,000 groups.",
    Quota.RESOURCE_SERVERS: "A user pool can have at most 25 resource servers.",
    Quota.IMPORT_JOBS: "A user pool can have at most 1,000 user import jobs.",
}
IN_A_POOL = [Quota.CLIENTS, Quota.RESOURCE_SERVERS, Quota.IMPORT_JOBS]


@pytest.mark.parametrize("quota", WORDS, ids=str)
def test_the_last_one_is_made_and_no_other(limited, quota):
    idp = limited.client()
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    fill(limited, pool, quota, quota.most("default") - (2 if quota is Quota.POOLS else 1))
    creation(idp, pool, quota, 1)()
    assert refusal(creation_of_full(idp, pool, quota)) == ("LimitExceededException", WORDS[quota])


def creation_of_full(idp, pool, quota):
    if quota is Quota.CLIENTS:  # nothing can be made beside it
        return partial(idp.create_user_pool_client, UserPoolId=pool, ClientName="one more")
    if quota is Quota.CUSTOM_DOMAINS:
        pool = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    return creation(idp, pool, quota, 2)


def test_terms_documents(limited):
    idp = limited.client()
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    fill(limited, pool, Quota.TERMS, 39)
    document = {
        "UserPoolId": pool,
        "ClientId": client,
        "TermsSource": "LINK",
        "Enforcement": "NONE",
        "Links": {"cognito:default": "https://example.com/terms"},
    }
    idp.create_terms(TermsName="terms-of-use", **document)
    words = "A user pool can have at most 40 terms documents."
    assert refusal(idp.create_terms, TermsName="privacy-policy", **document) == (
        "LimitExceededException",
        words,
    )


@pytest.mark.parametrize("quota", IN_A_POOL, ids=str)
def test_of_many_at_the_same_moment_one_is_made(limited, quota):
    idp = limited.client()
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    makers = [creation(idp, pool, quota, n) for n in range(6)]
    fill(limited, pool, quota, quota.most("default") - 1)
    results = at_once(*makers)
    refused = [words_of(each) for each in results if isinstance(each, ClientError)]
    assert refused == [("LimitExceededException", WORDS[quota])] * 5


@pytest.mark.parametrize("limited", ["raised", "off"], indirect=True)
def test_raised_and_lifted(limited):
    idp = limited.client()
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    for quota in (Quota.RESOURCE_SERVERS, Quota.CUSTOM_DOMAINS):
        fill(limited, pool, quota, 299)
        creation(idp, pool, quota, 1)()
    more = creation(idp, pool, Quota.RESOURCE_SERVERS, 2)
    if limited.services.settings.limits.quotas == "off":
        more()
    else:
        assert refusal(more)[1] == "A user pool can have at most 300 resource servers."
