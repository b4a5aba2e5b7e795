"""Domains through botocore: a pool gets them, shows them, loses them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import msgspec
import pytest

from poolhouse.flows.hosts import base_url, pool_of_host
from support.refusals import refusal

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0123-4567"}
CUSTOM = {"Domain": "auth.example.com", "CustomDomainConfig": CERTIFICATE}


@pytest.fixture
def make_pool(idp):
    return lambda **more: idp.create_user_pool(PoolName="P", **more)["UserPool"]["Id"]


@pytest.fixture
def pool_id(make_pool):
    return make_pool()


@pytest.fixture
def create(idp, pool_id):
    return lambda **request: idp.create_user_pool_domain(**{"UserPoolId": pool_id, **request})


def described(idp, domain):
    return idp.describe_user_pool_domain(Domain=domain)["DomainDescription"]


def test_a_prefix_domain(idp, create, pool_id, clock):
    made = create(Domain="my-app")
    assert "CloudFrontDomain" not in made
    assert made["ManagedLoginVersion"] == 1
    description = described(idp, "my-app")
    assert len(description.pop("Version")) == len("20260101000000")
    assert description == {
        "UserPoolId": pool_id,
        "AWSAccountId": "000000000000",
        "Domain": "my-app",
        "CloudFrontDistribution": "localhost",
        "Status": "ACTIVE",
        "CustomDomainConfig": {},
        "ManagedLoginVersion": 1,
    }
    pool = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert pool["Domain"] == "my-app"
    assert "CustomDomain" not in pool


def test_a_custom_domain_beside_it(idp, create, pool_id):
    create(Domain="my-app")
    made = create(**CUSTOM, ManagedLoginVersion=2)
    assert made["CloudFrontDomain"] == "localhost"
    assert described(idp, "auth.example.com")["CustomDomainConfig"] == CERTIFICATE
    assert described(idp, "auth.example.com")["ManagedLoginVersion"] == 2
    pool = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert (pool["Domain"], pool["CustomDomain"]) == ("my-app", "auth.example.com")


def test_a_pool_keeps_its_domain_when_it_is_updated(idp, create, pool_id):
    create(Domain="my-app")
    idp.update_user_pool(UserPoolId=pool_id)
    assert idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Domain"] == "my-app"


def test_what_is_nobodys_has_an_empty_description(idp):
    assert described(idp, "nobodys") == {}


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("my-aws-app", "Domain cannot contain reserved word: aws"),
        ("amazonas", "Domain cannot contain reserved word: amazon"),
        ("cognito", "Domain cannot contain reserved word: cognito"),
        ("auth.example.com", "The domain name contains an invalid character."),
        ("My-app", "The domain name contains an invalid character."),
        ("my_app", "The domain name contains an invalid character."),
        ("-app", "The domain name contains an invalid character."),
        ("app-", "The domain name contains an invalid character."),
        ("app\n", "The domain name contains an invalid character."),
        ("äpp", "The domain name contains an invalid character."),
        ("a" * 64, "1 validation error detected"),
    ],
)
def test_a_name_that_may_not_be_had(create, domain, message):
    refused = refusal(lambda: create(Domain=domain))
    assert refused[0] == "InvalidParameterException"
    assert refused[1].startswith(message)


@pytest.mark.parametrize(
    "host", ["localhost", "auth.", ".example.com", "auth..example.com", "a_b.example.com"]
)
def test_a_custom_domain_is_a_host_name(create, host):
    refused = refusal(lambda: create(Domain=host, CustomDomainConfig=CERTIFICATE))
    assert refused[0] == "InvalidParameterException"


def test_a_domain_is_one_pools(create, make_pool):
    create(Domain="my-app")
    message = "Domain already associated with another user pool."
    assert refusal(lambda: create(UserPoolId=make_pool(), Domain="my-app")) == (
        "InvalidParameterException",
        message,
    )


def test_a_pool_has_one_of_each_kind(create):
    create(Domain="my-app")
    create(**CUSTOM)
    for again in ({"Domain": "other"}, {**CUSTOM, "Domain": "login.example.com"}, {"Domain": "my-app"}):
        assert refusal(lambda again=again: create(**again)) == (
            "InvalidParameterException",
            "User pool already has a domain configured.",
        )


def test_many_pools_at_once_want_one_name_and_one_gets_it(idp, make_pool):
    pools = [make_pool() for _ in range(6)]

    def attempt(pool_id):
        try:
            idp.create_user_pool_domain(UserPoolId=pool_id, Domain="wanted")
        except idp.exceptions.InvalidParameterException:
            return None
        return pool_id

    with ThreadPoolExecutor(6) as threads:
        winners = [winner for winner in threads.map(attempt, pools) if winner]
    assert winners == [described(idp, "wanted")["UserPoolId"]]


def test_updating(idp, create, pool_id):
    create(Domain="my-app")
    create(**CUSTOM)
    idp.update_user_pool_domain(UserPoolId=pool_id, Domain="my-app", ManagedLoginVersion=2)
    assert described(idp, "my-app")["ManagedLoginVersion"] == 2
    other = {"CertificateArn": CERTIFICATE["CertificateArn"] + "8"}
    idp.update_user_pool_domain(UserPoolId=pool_id, Domain="auth.example.com", CustomDomainConfig=other)
    assert described(idp, "auth.example.com")["CustomDomainConfig"] == other
    wrong = {"UserPoolId": pool_id, "Domain": "my-app", "CustomDomainConfig": other}
    assert refusal(lambda: idp.update_user_pool_domain(**wrong))[1].endswith(
        "failed to update the certificate."
    )


@pytest.mark.parametrize("operation", ["update_user_pool_domain", "delete_user_pool_domain"])
def test_another_pools_domain_is_left_alone(idp, create, make_pool, operation):
    create(Domain="my-app")
    refused = refusal(lambda: getattr(idp, operation)(UserPoolId=make_pool(), Domain="my-app"))
    assert refused == ("InvalidParameterException", "No such domain or user pool exists.")
    assert described(idp, "my-app")


def test_managed_login_is_not_of_the_lite_tier(idp, make_pool):
    lite = make_pool(UserPoolTier="LITE")
    idp.create_user_pool_domain(UserPoolId=lite, Domain="classic", ManagedLoginVersion=1)
    change = {"UserPoolId": lite, "Domain": "classic", "ManagedLoginVersion": 2}
    assert refusal(lambda: idp.update_user_pool_domain(**change))[0] == "FeatureUnavailableInTierException"


@pytest.mark.parametrize("version", [-1, 3])
def test_there_are_two_kinds_of_pages(create, version):
    assert refusal(lambda: create(Domain="x", ManagedLoginVersion=version))[0] == "InvalidParameterException"


def test_a_pool_with_a_domain_is_not_deleted(idp, create, pool_id):
    create(Domain="my-app")
    assert refusal(lambda: idp.delete_user_pool(UserPoolId=pool_id)) == (
        "InvalidParameterException",
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    )
    idp.delete_user_pool_domain(UserPoolId=pool_id, Domain="my-app")
    assert described(idp, "my-app") == {}
    idp.delete_user_pool(UserPoolId=pool_id)


def test_a_pool_is_never_deleted_with_a_domain_that_comes_at_the_same_time(idp, make_pool):
    for number in range(8):
        pool_id, name = make_pool(), f"race-{number}"
        calls = (
            lambda pool_id=pool_id: idp.delete_user_pool(UserPoolId=pool_id),
            lambda pool_id=pool_id, name=name: idp.create_user_pool_domain(UserPoolId=pool_id, Domain=name),
        )
        with ThreadPoolExecutor(2) as threads:
            failed = [future.exception() is not None for future in [threads.submit(call) for call in calls]]
        assert failed.count(True) == 1
        assert bool(described(idp, name)) is failed[0]


def test_unknown_pools(idp):
    for operation in ("create_user_pool_domain", "update_user_pool_domain", "delete_user_pool_domain"):
        refused = refusal(
            lambda operation=operation: getattr(idp, operation)(UserPoolId="us-east-1_none", Domain="x")
        )
        assert refused[0] == "ResourceNotFoundException"


def discovered(server, pool_id):
    return httpx2.get(f"{server.url}/{pool_id}/.well-known/openid-configuration").json()


def test_discovery_names_the_endpoints_of_the_domain(server, create, idp, pool_id):
    issuer = discovered(server, pool_id)["issuer"]
    assert discovered(server, pool_id)["token_endpoint"] == f"{issuer}/token"
    create(Domain="my-app")
    public = issuer.removesuffix(f"/{pool_id}")
    document = discovered(server, pool_id)
    assert document["issuer"] == issuer
    assert document["token_endpoint"] == f"{public}/oauth2/token"
    assert document["end_session_endpoint"] == f"{public}/logout"
    assert document["code_challenge_methods_supported"] == ["S256"]
    create(**CUSTOM)
    port = public.rpartition(":")[2]
    assert (
        discovered(server, pool_id)["userinfo_endpoint"] == f"http://auth.example.com:{port}/oauth2/userInfo"
    )
    idp.delete_user_pool_domain(UserPoolId=pool_id, Domain="auth.example.com")
    assert discovered(server, pool_id)["token_endpoint"] == f"{public}/oauth2/token"


def test_hosts(server, create, pool_id):
    create(Domain="my-app")
    create(**CUSTOM)
    services = server.services
    pool = services.config.pool(pool_id)
    call = type(
        "Call", (), {"store": services.store, "config": services.config, "settings": services.settings}
    )()
    for host in ("auth.example.com", "AUTH.example.com:8443", "auth.example.com."):
        assert pool_of_host(call, host).id == pool_id
    for host in (
        "my-app",
        "example.com",
        "x.auth.example.com",
        "",
        ":",
        "auth.example.com:x",
        "\x00.a",
        "ä.example.com",
    ):
        assert pool_of_host(call, host) is None
    server_ = msgspec.structs.replace(services.settings.server, domain_suffix="id.example.org")
    call.settings = msgspec.structs.replace(services.settings, server=server_)
    assert pool_of_host(call, "my-app.id.example.org").id == pool_id
    assert pool_of_host(call, "auth.example.com").id == pool_id
    for host in ("my-app", "x.my-app.id.example.org", "auth.example.com.id.example.org", ".id.example.org"):
        assert pool_of_host(call, host) is None
    prefixed = replace(pool, domains=tuple(each for each in pool.domains if each.custom is None))
    port = services.settings.server.port
    assert base_url(call.settings, prefixed) == f"http://my-app.id.example.org:{port}"
    assert base_url(call.settings, replace(pool, domains=())) is None
