"""User import jobs by boto3, their files put by curl and by HTTP, on both engines."""

import http.client
import subprocess
import time
import uuid
from urllib.parse import urlsplit

import bcrypt
import pytest

from poolhouse.domain.import_jobs import EXPIRY_SECONDS
from poolhouse.store import open_store
from poolhouse.work.import_jobs import Importer
from poolhouse.work.sweep import sweep
from support.people import PASSWORD, People, at_once, refused
from support.server import running_server
from support.sign_in import Srp

ROLE = "arn:aws:iam::000000000000:role/logs"
POOL = {
    "AutoVerifiedAttributes": ["email"],
    "Schema": [
        {"Name": "department", "AttributeDataType": "String", "Mutable": True},
        {"Name": "family_name", "Required": True},
    ],
}
NO_JOB = "import-0000000000"


@pytest.fixture
def pool(people):
    """A pool that no other test has: one job runs at a time in each."""
    people._pools.clear()
    return people.pool(**POOL)


@pytest.fixture
def idle(store_url, clock, tmp_path):
    """A pool of a server whose background does nothing, and what the test has do its work."""
    with running_server(open_store(store_url, clock), tmp_path, clock) as server:
        server.application.background.stop()
        yield People(server, server.client(), store_url).pool(**POOL), Importer(server.services, "test")


def create(pool, **more):
    return pool.idp.create_user_import_job(
        UserPoolId=pool.id, JobName="people", CloudWatchLogsRoleArn=ROLE, **more
    )["UserImportJob"]


def describe(pool, job):
    return pool.idp.describe_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])["UserImportJob"]


def put(job, body: bytes, method="PUT"):
    """Put a file to a job's URL; return the status and what was said."""
    url = urlsplit(job["PreSignedUrl"])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    try:
        connection.request(method, f"{url.path}?{url.query}", body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def file_of(pool, *rows: dict[str, str], without=("password_hash",)) -> bytes:
    """Return a file with the pool's own header."""
    header = [
        name for name in pool.idp.get_csv_header(UserPoolId=pool.id)["CSVHeader"] if name not in without
    ]
    lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def row(username: str, /, **more: str) -> dict[str, str]:
    return {
        "cognito:username": username,
        "email": f"{username}@example.com",
        "email_verified": "TRUE",
        "family_name": "Miller",
    } | {key.replace("__", ":"): value for key, value in more.items()}


def start(pool, job):
    return pool.idp.start_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])["UserImportJob"]


def ended(pool, job):
    """Wait until a job has come to its end; return it."""
    for _ in range(400):
        seen = describe(pool, job)
        if seen["Status"] not in {"Pending", "InProgress", "Stopping"}:
            return seen
        time.sleep(0.05)
    raise AssertionError(seen)


def run(pool, content: bytes, **more):
    """Import a file; return the job at its end."""
    job = create(pool, **more)
    assert put(job, content)[0] == 200
    assert start(pool, job)["Status"] == "Pending"
    return ended(pool, job)


def log_of(server, pool, job) -> list[str]:
    lines, after = [], 0
    while part := server.store.read(lambda tx: tx.import_jobs.log(pool.id, job["JobId"], after)):  # noqa: B023
        after = part[0]
        lines += part[1].splitlines()
    return lines


def counts(job):
    return job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]


def test_the_header_names_every_column(pool):
    answer = pool.idp.get_csv_header(UserPoolId=pool.id)
    assert answer["UserPoolId"] == pool.id
    assert answer["CSVHeader"][:3] == ["name", "given_name", "family_name"]
    assert answer["CSVHeader"][-4:] == [
        "custom:department",
        "cognito:mfa_enabled",
        "cognito:username",
        "password_hash",
    ]


def test_a_job_from_creation_to_its_end(pool, server, tmp_path):
    """The file goes up as the service's guide says, with curl."""
    job = create(pool)
    assert (job["Status"], counts(job)) == ("Created", (0, 0, 0))
    assert job["JobId"].startswith("import-")
    assert len(job["JobId"]) == 17
    file = tmp_path / "users.csv"
    file.write_bytes(
        file_of(
            pool,
            row(
                "ann", custom__department="Research\\, basic", birthdate="02/28/1990", updated_at="1700000000"
            ),
            row("bob", email_verified="false"),
            row("ann"),
            row("cy", family_name=""),
        )
    )
    subprocess.run(
        ["curl", "-sSf", "-T", file, "-H", "x-amz-server-side-encryption:aws:kms", job["PreSignedUrl"]],
        check=True,
        timeout=60,
    )
    begun = start(pool, job)
    assert begun["StartDate"] >= begun["CreationDate"]
    seen = ended(pool, job)
    assert (seen["Status"], counts(seen)) == ("Succeeded", (1, 1, 2))
    assert seen["CompletionMessage"] == "Import Job Completed Successfully."
    assert "CompletionDate" in seen
    assert log_of(server, pool, job) == [
        "[SUCCEEDED] Line Number 2 - The import succeeded.",
        (
            "[FAILED] Line Number 3 - The User Record does not set any of the auto verified attributes to true. "
            "(Example: email_verified to true)."
        ),
        "[SKIPPED] Line Number 4 - The user already exists.",
        (
            "[FAILED] Line Number 5 - Attributes did not conform to the schema: family_name: The attribute "
            "is required"
        ),
    ]
    user = pool.idp.admin_get_user(UserPoolId=pool.id, Username="ann")
    attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert user["UserStatus"] == "RESET_REQUIRED"
    assert attributes["custom:department"] == "Research, basic"
    assert (attributes["birthdate"], attributes["email_verified"]) == ("1990-02-28", "true")
    with refused("PasswordResetRequiredException"):
        pool.token("ann")


def test_an_imported_user_chooses_a_password(pool, server):
    run(pool, file_of(pool, row("dora")))
    pool.idp.forgot_password(ClientId=pool.client_id, Username="dora")
    pool.idp.confirm_forgot_password(
        ClientId=pool.client_id,
        Username="dora",
        ConfirmationCode=server.code("dora@example.com"),
        Password=PASSWORD,
    )
    assert pool.token("dora")


def test_a_large_file_goes_on_where_it_was(pool, server):
    """Many batches, and rows that lie across two pieces of the file."""
    rows = [row(f"many{number}", name="é" * (number % 90)) for number in range(2_300)]
    seen = run(pool, file_of(pool, *rows))
    assert (seen["Status"], counts(seen)) == ("Succeeded", (2_300, 0, 0))
    assert len(log_of(server, pool, seen)) == 2_300
    listed = pool.idp.list_users(UserPoolId=pool.id, Filter='username = "many2299"')["Users"]
    assert {a["Name"]: a["Value"] for a in listed[0]["Attributes"]}["name"] == "é" * (2_299 % 90)
    assert server.store.read(lambda tx: tx.import_jobs.piece(_stored(tx, pool, seen), 0)) == b""
    about = pool.idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["EstimatedNumberOfUsers"]
    assert about == pytest.approx(2_300, rel=0.1)


def test_subs_lie_as_far_on_as_their_rows(pool):
    """So that a batch's rows lie together in every index; whatever else is in them is random."""
    assert counts(run(pool, file_of(pool, *[row(f"line{n:02}") for n in range(20)]))) == (20, 0, 0)
    users = pool.idp.list_users(UserPoolId=pool.id, Filter='username ^= "line"')["Users"]
    subs = [a["Value"] for user in users for a in user["Attributes"] if a["Name"] == "sub"]
    assert subs == sorted(subs)
    assert int(subs[0][:2], 16) < 0x40
    assert int(subs[-1][:2], 16) > 0xC0
    assert all(uuid.UUID(sub).version == 4 for sub in subs)
    assert len({sub[9:] for sub in subs}) == 20


def _stored(tx, pool, job):
    return tx.import_jobs.get(pool.id, job["JobId"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The header of the CSV file lacks the column name."),
        (b"\xff\xfe\n", "The CSV file is not encoded in UTF-8."),
        (b"nope,email\n", "The header of the CSV file names an unknown column: nope"),
        (b"email,email\n", "The header of the CSV file names a column more than once."),
        (b"email\n", "The header of the CSV file lacks the column name."),
        (b"x" * 600_000, "The CSV file has a row longer than 16,000 characters."),
    ],
    ids=["empty", "encoding", "unknown", "twice", "missing", "endless"],
)
def test_a_file_that_cannot_be_read_fails_the_job(pool, content, message):
    seen = run(pool, content)
    assert (seen["Status"], seen["CompletionMessage"]) == ("Failed", message)
    assert counts(seen) == (0, 0, 0)


def test_a_byte_order_mark_fails_the_job(pool):
    seen = run(pool, b"\xef\xbb\xbf" + file_of(pool, row("bom")))
    assert seen["Status"] == "Failed"


def test_bad_rows_do_not_stop_the_good_ones(pool, server):
    header, good, *_ = file_of(pool, row("good")).decode().splitlines()
    content = "\r\n".join(
        [
            header,
            good.replace("good", "with blank"),
            good + ",more",
            "",
            good.replace("TRUE", "yes"),
            good.replace("good@example.com", ""),
            good.replace("good", "x" * 129),
            good.replace("Miller", "M" * 16_001),
            '"quoted"' + good,
            good,
            "",
        ]
    ).encode()
    content += b"\xff" + good.replace("good", "bad").encode() + b"\n"
    seen = run(pool, content)
    lines = log_of(server, pool, seen)
    assert counts(seen) == (1, 1, 7), lines
    assert [line.split(" - ")[1] for line in lines] == [
        "cognito:username must not contain spaces or tabs.",
        "The row has 23 columns, and the header has 22.",
        "email_verified must be true or false.",
        "The User Record sets email_verified to true and does not set email.",
        "cognito:username must have at most 128 characters.",
        "The row is longer than 16000 characters.",
        "The import succeeded.",
        "The user already exists.",
        "The CSV file is not encoded in UTF-8.",
    ]


def test_a_job_without_a_file_does_not_start(pool):
    job = create(pool)
    with refused("PreconditionNotMetException", f"No csv file was uploaded for {job['JobId']}"):
        start(pool, job)


def test_a_pool_that_verifies_nothing_imports_nobody(people):
    people._pools.clear()
    pool = people.pool()
    job = create(pool)
    put(job, b"name\n")
    with refused("PreconditionNotMetException"):
        start(pool, job)


def test_a_job_starts_once_and_stops_only_while_it_runs(pool):
    job = create(pool)
    with refused("PreconditionNotMetException"):
        pool.idp.stop_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])
    put(job, file_of(pool, row("once")))
    start(pool, job)
    ended(pool, job)
    for again in (pool.idp.start_user_import_job, pool.idp.stop_user_import_job):
        with refused("PreconditionNotMetException"):
            again(UserPoolId=pool.id, JobId=job["JobId"])
    assert put(job, b"name\n")[0] == 403


def test_unknown_jobs_and_jobs_of_other_pools(people, pool):
    people._pools.clear()
    other = create(people.pool(**POOL))
    for operation in ("describe", "start", "stop"):
        for job_id in (NO_JOB, other["JobId"]):
            with refused("ResourceNotFoundException", f"User import job {job_id} does not exist."):
                getattr(pool.idp, f"{operation}_user_import_job")(UserPoolId=pool.id, JobId=job_id)
    absent = {"UserPoolId": "us-east-1_nowhere00"}
    for call in (
        lambda: pool.idp.get_csv_header(**absent),
        lambda: pool.idp.create_user_import_job(**absent, JobName="x", CloudWatchLogsRoleArn=ROLE),
        lambda: pool.idp.list_user_import_jobs(**absent, MaxResults=1),
        lambda: pool.idp.describe_user_import_job(**absent, JobId=NO_JOB),
    ):
        with refused("ResourceNotFoundException"):
            call()


def test_jobs_are_listed_newest_first_and_page_by_page(pool):
    assert "UserImportJobs" not in pool.idp.list_user_import_jobs(UserPoolId=pool.id, MaxResults=2)
    made = []
    for _ in range(3):
        made.insert(0, create(pool)["JobId"])
        pool.clock.advance(0.001)
    first = pool.idp.list_user_import_jobs(UserPoolId=pool.id, MaxResults=2)
    newest = create(pool)["JobId"]
    second = pool.idp.list_user_import_jobs(
        UserPoolId=pool.id, MaxResults=2, PaginationToken=first["PaginationToken"]
    )
    assert [j["JobId"] for j in first["UserImportJobs"] + second["UserImportJobs"]] == made
    assert "PaginationToken" not in second
    assert newest not in made
    with refused("InvalidParameterException"):
        pool.idp.list_user_import_jobs(UserPoolId=pool.id, MaxResults=2, PaginationToken="forged")


def test_a_job_that_is_not_started_expires(pool):
    job = create(pool)
    pool.clock.advance(EXPIRY_SECONDS)
    seen = describe(pool, job)
    assert (seen["Status"], seen["CompletionMessage"]) == ("Expired", "The user import job has expired.")
    assert "PreSignedUrl" not in seen
    assert put(job, b"name\n")[0] == 403


def test_the_file_of_a_job_that_expired_is_deleted(idle):
    """What people said of themselves stays no longer than it may be used."""
    pool, importer = idle
    store, clock = importer._services.store, pool.clock

    def kept(job):
        return store.read(lambda tx: tx.import_jobs.piece(_stored(tx, pool, job), 0)) != b""

    old = create(pool)
    put(old, file_of(pool, row("old")))
    clock.advance(EXPIRY_SECONDS - 60)
    young = create(pool)
    put(young, file_of(pool, row("young")))
    sweep(store, clock, "test")
    assert (kept(old), kept(young)) == (True, True)
    clock.advance(60)
    sweep(store, clock, "test")
    assert (kept(old), kept(young)) == (False, True)


def test_a_stopped_job_stops_and_keeps_what_it_did(idle):
    """It is stopped when some of its rows are done."""
    pool, importer = idle
    job = create(pool)
    put(job, file_of(pool, *[row(f"halt{number}") for number in range(600)]))
    start(pool, job)
    assert importer.work()  # the header
    assert importer.work()  # a batch
    assert describe(pool, job)["Status"] == "InProgress"
    stopping = pool.idp.stop_user_import_job(UserPoolId=pool.id, JobId=job["JobId"])["UserImportJob"]
    assert stopping["Status"] == "Stopping"
    assert importer.work()
    seen = describe(pool, job)
    assert (seen["Status"], seen["CompletionMessage"]) == (
        "Stopped",
        "The Import Job was stopped by the developer.",
    )
    assert counts(seen) == (500, 0, 0)
    assert not importer.work()


def test_a_pool_that_is_being_filled_keeps_its_shape(idle):
    pool, importer = idle
    job = create(pool)
    put(job, file_of(pool, row("shape")))
    start(pool, job)
    custom = [{"Name": "late", "AttributeDataType": "String"}]
    for change in (
        lambda: pool.idp.update_user_pool(UserPoolId=pool.id),
        lambda: pool.idp.delete_user_pool(UserPoolId=pool.id),
        lambda: pool.idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=custom),
    ):
        with refused("UserImportInProgressException"):
            change()
    second = create(pool)
    put(second, b"name\n")
    with refused("PreconditionNotMetException", "Another user import job is already active."):
        start(pool, second)
    while importer.work():
        pass
    assert describe(pool, job)["Status"] == "Succeeded"
    pool.idp.delete_user_pool(UserPoolId=pool.id)


def test_one_process_imports_at_a_time(idle):
    """Another takes over when it is gone, and finds what it did."""
    pool, importer = idle
    job = create(pool)
    put(job, file_of(pool, *[row(f"two{number}") for number in range(600)]))
    start(pool, job)
    other = Importer(importer._services, "another process")
    assert importer.work()
    assert not other.work()
    pool.clock.advance(10)
    while other.work():
        pass
    assert not importer.work()
    seen = describe(pool, job)
    assert (seen["Status"], counts(seen)) == ("Succeeded", (600, 0, 0))


class TestAttacks:
    """What a URL lets nobody do."""

    def test_a_forged_url(self, pool):
        job = create(pool)
        forged = {"PreSignedUrl": job["PreSignedUrl"][:-12] + "AAAAAAAAAAAA"}
        status, said = put(forged, b"name\n")
        assert status == 403
        assert "<Code>AccessDenied</Code>" in said

    def test_the_url_of_another_job(self, pool):
        job, other = create(pool), create(pool)
        moved = {"PreSignedUrl": job["PreSignedUrl"].replace(job["JobId"], other["JobId"])}
        assert put(moved, b"name\n")[0] == 403

    def test_a_url_past_its_time(self, pool):
        job = create(pool)
        pool.clock.advance(900)
        assert put(job, b"name\n")[0] == 403

    def test_reading_what_was_put(self, pool):
        job = create(pool)
        put(job, b"name\n")
        assert put(job, b"", method="GET")[0] == 405

    def test_a_file_that_is_too_large(self, pool):
        url = urlsplit(create(pool)["PreSignedUrl"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", str(100 * 1024 * 1024 + 1))
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, b"EntityTooLarge" in answer.read()) == (400, True)
        connection.close()

    def test_a_broken_upload_leaves_the_file_before_it(self, pool):
        job = create(pool)
        assert put(job, file_of(pool, row("whole")))[0] == 200
        url = urlsplit(job["PreSignedUrl"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"name\n")
        connection.close()
        start(pool, job)
        seen = ended(pool, job)
        assert (seen["Status"], counts(seen)) == ("Succeeded", (1, 0, 0))


class TestHashes:
    """Users who bring their passwords."""

    def test_a_user_signs_in_with_the_password_they_had(self, pool, server):
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        content = file_of(
            pool,
            row("hedy", password_hash=hashed),
            row("ida", password_hash=hashed[:-1]),
            row("jo", password_hash=hashed.replace("$04$", "$31$")),
            row("kim"),
            without=(),
        )
        seen = run(pool, content, PasswordHashingAlgorithm="BCRYPT")
        assert (seen["PasswordHashingAlgorithm"], counts(seen)) == ("BCRYPT", (2, 0, 2))
        stati = [
            pool.idp.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"]
            for name in ("hedy", "kim")
        ]
        assert stati == ["CONFIRMED", "RESET_REQUIRED"]
        with refused("NotAuthorizedException", "Incorrect username or password."):
            _password(pool, "hedy", "Wrong-horse-8")
        with refused("NotAuthorizedException", "Incorrect username or password."):
            _srp(server, pool, "hedy")
        assert _credential(server, pool, "hedy").imported
        assert pool.token("hedy")
        assert not _credential(server, pool, "hedy").imported
        assert pool.token("hedy")
        assert _srp(server, pool, "hedy")

    def test_the_password_can_be_changed_at_once(self, pool):
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        run(
            pool,
            file_of(pool, row("lea", password_hash=hashed), without=()),
            PasswordHashingAlgorithm="BCRYPT",
        )
        token = pool.token("lea")
        pool.idp.change_password(
            AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="Other-horse-9"
        )
        with refused("NotAuthorizedException"):
            pool.token("lea")

    def test_two_sign_ins_at_once_adopt_one_password(self, pool):
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        run(
            pool,
            file_of(pool, row("may", password_hash=hashed), without=()),
            PasswordHashingAlgorithm="BCRYPT",
        )
        results = at_once(*[lambda: pool.token("may")] * 4)
        assert all(isinstance(result, str) for result in results), results
        assert pool.token("may")

    def test_the_password_of_the_file_counts_in_the_history(self, people):
        people._pools.clear()
        policy = {"Policies": {"PasswordPolicy": {"PasswordHistorySize": 2}}, "UserPoolTier": "ESSENTIALS"}
        pool = people.pool(**POOL, **policy)
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        run(
            pool,
            file_of(pool, row("ned", password_hash=hashed), without=()),
            PasswordHashingAlgorithm="BCRYPT",
        )
        with refused("PasswordHistoryPolicyViolationException"):
            pool.idp.admin_set_user_password(
                UserPoolId=pool.id, Username="ned", Password=PASSWORD, Permanent=True
            )

    def test_a_job_with_an_algorithm_needs_the_column(self, pool):
        seen = run(pool, file_of(pool, row("ole")), PasswordHashingAlgorithm="SCRYPT")
        assert (seen["Status"], seen["CompletionMessage"]) == (
            "Failed",
            "The header of the CSV file lacks the column password_hash.",
        )

    def test_a_hash_without_an_algorithm_is_refused(self, pool):
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        assert counts(run(pool, file_of(pool, row("pia", password_hash=hashed), without=()))) == (0, 0, 1)


def _password(pool, name, password):
    return pool.idp.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )


def _srp(server, pool, name):
    """Sign in by SRP, with pycognito's hand on it."""
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    srp = Srp(server, name, PASSWORD, pool_id=pool.id, client_id=client.client_id)
    return srp.authenticate_user()


def _credential(server, pool, name):
    sub = next(
        a["Value"]
        for a in pool.idp.admin_get_user(UserPoolId=pool.id, Username=name)["UserAttributes"]
        if a["Name"] == "sub"
    )
    return server.store.read(lambda tx: tx.credentials.get(pool.id, sub))
