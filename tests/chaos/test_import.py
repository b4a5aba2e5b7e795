"""A server is killed while it imports users: the next one goes on, and no row is done twice or left out."""

import time
from typing import Any

import httpx2

from support.process import poolhouse, serving

ROLE = "arn:aws:iam::000000000000:role/logs"
ROWS = 12_000
_PATIENCE = 600


def _wait(idp: Any, job: dict[str, str], until: Any) -> dict[str, Any]:
    for _ in range(_PATIENCE):
        seen = idp.describe_user_import_job(**job)["UserImportJob"]
        if until(seen):
            return dict(seen)
        time.sleep(0.05)
    raise AssertionError(seen)


def test_an_import_goes_on_after_kill_9(tmp_path):
    place = ("--dev", "--data", str(tmp_path / "data"))
    with serving(tmp_path / "1.log", *place) as server:
        idp = server.client()
        pool = idp.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        header = idp.get_csv_header(UserPoolId=pool)["CSVHeader"][:-1]
        values = {"email": "u{}@example.com", "email_verified": "true", "cognito:username": "u{}"}
        line = ",".join(values.get(name, "") for name in header)
        content = "\n".join([",".join(header), *(line.format(*[n] * 2) for n in range(ROWS))])
        made = idp.create_user_import_job(UserPoolId=pool, JobName="j", CloudWatchLogsRoleArn=ROLE)
        url = made["UserImportJob"]["PreSignedUrl"]
        assert httpx2.put(url, content=content.encode(), timeout=60).status_code == 200
        job = {"UserPoolId": pool, "JobId": made["UserImportJob"]["JobId"]}
        idp.start_user_import_job(**job)
        before = _wait(idp, job, lambda seen: seen["ImportedUsers"])
        server.kill()
    assert before["ImportedUsers"] < ROWS
    with serving(tmp_path / "2.log", *place) as server:
        idp = server.client()
        after = _wait(idp, job, lambda seen: seen["Status"] == "Succeeded")
        assert (after["ImportedUsers"], after["SkippedUsers"], after["FailedUsers"]) == (ROWS, 0, 0)
        assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["EstimatedNumberOfUsers"] >= 1000
        for number in (0, ROWS // 2, ROWS - 1):
            idp.admin_get_user(UserPoolId=pool, Username=f"u{number}")
    told = poolhouse("import-job", "log", pool, job["JobId"], "--data", str(tmp_path / "data"))
    lines = [f"[SUCCEEDED] Line Number {number} - The import succeeded." for number in range(2, ROWS + 2)]
    assert told.stdout.splitlines() == lines
    unknown = poolhouse("import-job", "log", pool, "import-0000000000", "--data", str(tmp_path / "data"))
    assert (unknown.returncode, "has no import job" in unknown.stderr) == (1, True)
