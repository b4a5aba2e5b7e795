"""What is generated is up to date, and says what the service model says."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import msgspec
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from poolhouse import errors
from poolhouse.operations.registry import snake
from poolhouse.wire import constraints, shapes, unicode
from poolhouse.wire.operations import OPERATIONS, Auth

ROOT = Path(__file__).parents[2]
MODEL = Loader().load_service_model("cognito-idp", "service-2")


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, ROOT / "tools" / "gen_wire.py", folder], check=True)
    return folder


@pytest.mark.parametrize(
    "path", ["errors.py", "wire/constraints.py", "wire/operations.py", "wire/shapes.py"], ids=str
)
def test_the_committed_module_is_what_the_generator_writes(regenerated, path):
    assert (ROOT / "src" / "poolhouse" / path).read_text() == (regenerated / path).read_text()


@pytest.mark.parametrize(("text", "categories"), [(unicode.TEXT, "LMSNP"), (unicode.SEPARATORS, "Z")])
def test_a_unicode_class_has_the_characters_of_its_categories(text, categories):
    # Characters that were assigned after the class was generated are unassigned to one side or the other.
    inside = re.compile(f"[{text}]").match
    wrong = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.ucd_3_2_0.category(chr(code)) != "Cn"
        and (unicodedata.category(chr(code))[0] in categories) != bool(inside(chr(code)))
    ]
    assert wrong == []


def test_every_operation_of_the_model_is_there():
    assert set(OPERATIONS) == set(MODEL["operations"])
    assert len(OPERATIONS) == 141


def test_credentials_are_those_of_the_digest():
    count = {kind: sum(row.auth is kind for row in OPERATIONS.values()) for kind in Auth}
    assert count == {Auth.SIGV4: 105, Auth.ACCESS_TOKEN: 22, Auth.TOKEN_OR_SESSION: 2, Auth.NONE: 12}
    assert OPERATIONS["GetClientToken"].auth is OPERATIONS["GetDerivedToken"].auth is Auth.NONE
    assert OPERATIONS["AssociateSoftwareToken"].auth is Auth.TOKEN_OR_SESSION
    assert OPERATIONS["ForgetDevice"].auth is Auth.ACCESS_TOKEN
    assert OPERATIONS["ListUsers"].auth is Auth.SIGV4


def test_function_names_are_those_that_sdks_use():
    assert {snake(name) for name in OPERATIONS} == {xform_name(name) for name in MODEL["operations"]}


def test_every_structure_has_its_members_and_requires_what_the_model_requires():
    for name, shape in MODEL["shapes"].items():
        if shape["type"] != "structure" or shape.get("exception") or shape.get("document"):
            continue
        fields = {field.name: field.required for field in msgspec.structs.fields(getattr(shapes, name))}
        assert fields == {member: member in shape.get("required", ()) for member in shape["members"]}


def test_every_modelled_error_is_a_class_with_its_status():
    modelled = {name for name, shape in MODEL["shapes"].items() if shape.get("exception")}
    assert modelled == errors.MODELLED
    for name in modelled:
        error = getattr(errors, name)("text")
        assert isinstance(error, errors.ServiceError)
        assert error.message == str(error) == "text"
        assert error.status == (500 if name in {"InternalErrorException", "InternalServerException"} else 400)
    assert errors.InvalidParameterException("text", "reason").reason_code == "reason"


def test_secrets_are_marked():
    assert len(constraints.SENSITIVE_SHAPES) == 15
    assert {"AccessToken", "Password", "SecretHash", "AuthParameters"} <= constraints.SENSITIVE_MEMBERS


def test_answers_leave_out_what_is_absent():
    device = shapes.CodeDeliveryDetailsType(Destination="e***@e***")
    assert msgspec.json.encode(device) == b'{"Destination":"e***@e***"}'
