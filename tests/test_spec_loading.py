"""Claims about reading specs: files and folders, Python and YAML, and what several specs share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from saml_connectors.problems import SpecError
from saml_connectors.spec import (
    AppClient,
    Attribute,
    CognitoUserPoolSpec,
    Directory,
    Domain,
    MetadataSource,
    SamlApplication,
    UserPool,
    load,
    load_one,
    parse,
    with_directory_api,
)
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.judging import judge
from saml_connectors.spec.loading import KINDS

PORTAL = """\
kind: cognito-user-pool
name: {name}
directory: {{ credentials: jumpcloud/api-key }}
application: {{ display_label: Portal, groups: [people] }}
user_pool: {{ domain: {{ prefix: "{name}" }} }}
app_clients:
  - name: web
    callback_urls: ["https://portal.example.com/callback"]
"""


def in_python(**changes: Any) -> CognitoUserPoolSpec:
    """The same spec as `PORTAL`, built by the classes."""
    fields: dict[str, Any] = {
        "name": "portal",
        "directory": Directory(credentials="jumpcloud/api-key"),
        "application": SamlApplication(display_label="Portal", groups=("people",)),
        "user_pool": UserPool(domain=Domain(prefix="portal")),
        "app_clients": (AppClient(name="web", callback_urls=("https://portal.example.com/callback",)),),
    }
    return CognitoUserPoolSpec(**{**fields, **changes})


def codes(error: pytest.ExceptionInfo[SpecError]) -> list[str]:
    """The codes of what is wrong."""
    return [problem.code for problem in error.value.problems]


# --- YAML and Python ------------------------------------------------------------------------------------------------


def test_yaml_and_python_give_equal_specs(tmp_path: Path) -> None:
    """One model: which way a spec came makes no difference to what is built from it."""
    (tmp_path / "portal.yaml").write_text(PORTAL.format(name="portal"))
    assert load_one(tmp_path / "portal.yaml") == in_python()


def test_the_shorthand_of_an_attribute_means_from() -> None:
    """`given_name: firstname` and `given_name: {from: firstname}` are the same, and `from_` is its name in Python."""
    short = UserPool(domain=Domain(prefix="a"), attributes={"email": "email"})
    assert short.attributes["email"] == Attribute(from_="email")


def test_specs_are_frozen() -> None:
    """What was checked stays what it was."""
    with pytest.raises(ValidationError, match="frozen"):
        setattr(in_python(), "name", "shop")  # noqa: B010 - the type checker refuses it already


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "${Token[TOKEN.12]}"}, "unresolved-token"),
        ({"nmae": "portal"}, "unknown-field"),
        ({"app_clients": ()}, "app-clients-missing"),
        ({"metadata": MetadataSource.from_url("https://idp.example.com/")}, "metadata-and-directory"),
        ({"user_pool": {"domain": {"prefix": "Portal"}}}, "domain-prefix"),
    ],
)
def test_a_spec_that_is_wrong_in_python_fails_at_once(changes: dict[str, Any], code: str) -> None:
    """The constructor raises the error of `load`, where the author's own code is on the stack."""
    with pytest.raises(SpecError) as caught:
        in_python(**changes)
    assert code in codes(caught)


def test_each_part_fails_by_itself_in_python() -> None:
    """A part is judged when it is built: rules between its fields too."""
    with pytest.raises(SpecError) as caught:
        Domain(prefix="a", custom="auth.example.com")
    assert codes(caught) == ["domain-choice", "domain-certificate"]
    with pytest.raises(SpecError) as caught:
        Directory(credentials="0123456789abcdef0123456789abcdef01234567")
    assert codes(caught) == ["plain-text-credential"]
    assert "0123456789abcdef" not in str(caught.value)
    with pytest.raises(SpecError) as caught:
        AppClient(name="web", callback_urls=("#{Token[TOKEN.3]}",))
    assert codes(caught) == ["unresolved-token"]


def test_a_token_as_a_name_of_a_field_is_found() -> None:
    """Tokens hide in keys as well as in values."""
    with pytest.raises(SpecError) as caught:
        SamlApplication(display_label="Portal", constant_attributes={"${Token[TOKEN.3]}": "x"})
    assert "unresolved-token" in codes(caught)


def test_metadata_is_not_shown_whole() -> None:
    """A document of thousands of characters does not fill a log."""
    assert repr(MetadataSource.from_xml("x" * 5000)) == "MetadataSource(xml='5000 characters')"
    assert repr(MetadataSource.from_file("idp.xml")) == "MetadataSource(file='idp.xml')"


# --- files and folders ----------------------------------------------------------------------------------------------


def test_a_folder_is_read_in_the_order_of_names_without_its_sub_folders(tmp_path: Path) -> None:
    """The same folder gives the same specs in the same order on every machine."""
    for name in ("b.yaml", "a.yml", "c.txt", ".hidden"):
        (tmp_path / name).write_text(PORTAL.format(name=name[0] if name[0].isalpha() else "x"))
    (tmp_path / "sub.yaml").mkdir()
    (tmp_path / "sub.yaml" / "d.yaml").write_text("nothing to see")
    loaded = load([tmp_path])
    assert [spec.name for spec in loaded.specs] == ["a", "b"]
    assert loaded.files == 2


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it, as a glob of the shell gives them: no connector claims its own name."""
    (tmp_path / "portal.yaml").write_text(PORTAL.format(name="portal"))
    loaded = load([tmp_path, tmp_path / "portal.yaml", str(tmp_path / "portal.yaml")])
    assert (loaded.files, loaded.problems) == (1, [])


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """A spec that is missing is not silently left out of a deployment."""
    (tmp_path / "portal.yaml").symlink_to(tmp_path / "gone.yaml")
    assert [problem.code for problem in load([tmp_path]).problems] == ["file-unreadable"]


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are said in words, not as a traceback."""
    (tmp_path / "portal.yaml").write_text(PORTAL.format(name="portal"))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = load([tmp_path]).problems
    assert (problem.code, problem.file) == ("file-unreadable", str(tmp_path / "portal.yaml"))
    assert problem.rule == "must be a file that can be read, but permission denied"
    monkeypatch.setattr(Path, "iterdir", refuse)
    (problem,) = load([tmp_path]).problems
    assert (problem.code, problem.file) == ("file-unreadable", str(tmp_path))


@pytest.mark.parametrize("path", ["no/such/file.yaml", "nul\x00.yaml", "x" * 5000])
def test_a_path_that_is_none_is_told(path: str) -> None:
    """Whatever the system says of a path."""
    assert [problem.code for problem in load([path]).problems] == ["file-unreadable"]


def test_a_device_that_never_ends_does_not_hang() -> None:
    """Only the beginning is read."""
    assert [problem.code for problem in load(["/dev/zero"]).problems] == ["file-too-large"]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    """Some editors write one."""
    (tmp_path / "portal.yaml").write_bytes(b"\xef\xbb\xbf" + PORTAL.format(name="portal").encode())
    assert load([tmp_path]).problems == []


def test_a_byte_that_is_not_utf_8_has_its_line(tmp_path: Path) -> None:
    """So that it can be found, although the file cannot be read."""
    (tmp_path / "portal.yaml").write_bytes(b"kind: bookmark\nname: caf\xe9\n")
    (problem,) = load([tmp_path]).problems
    assert (problem.code, problem.line) == ("file-encoding", 2)


def test_problems_come_by_file_then_by_line(tmp_path: Path) -> None:
    """In the order of the files given, also where one is found only beside another."""
    (tmp_path / "a.yaml").write_text(PORTAL.format(name="portal"))
    (tmp_path / "b.yaml").write_text(PORTAL.format(name="portal"))
    (tmp_path / "c.yaml").write_text("extra: 1\n" + PORTAL.format(name="C"))
    places = [(Path(problem.file or "").name, problem.line) for problem in load([tmp_path]).problems]
    assert places == [("b.yaml", 2), ("b.yaml", 5), ("c.yaml", 1), ("c.yaml", 3), ("c.yaml", 6)]


def test_a_wrong_spec_does_not_stop_the_others(tmp_path: Path) -> None:
    """Those that are right are there, and raising gives all the problems."""
    (tmp_path / "a.yaml").write_text(PORTAL.format(name="portal"))
    (tmp_path / "b.yaml").write_text(PORTAL.format(name="B"))
    loaded = load([tmp_path])
    assert [spec.name for spec in loaded.specs] == ["portal"]
    with pytest.raises(SpecError, match="2 problems in 2 specs") as caught:
        loaded.raise_if_any()
    assert codes(caught) == ["connector-name", "domain-prefix"]


def test_a_warning_does_not_stop(tmp_path: Path) -> None:
    """It is for a person to weigh."""
    (tmp_path / "a.yaml").write_text(PORTAL.format(name="portal").replace(", groups: [people]", ""))
    loaded = load([tmp_path])
    assert [(problem.code, problem.level, problem.line) for problem in loaded.problems] == [
        ("groups-none", "warning", 4)
    ]
    assert len(loaded.raise_if_any()) == 1


# --- all at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, 5, "nonsense", [5], {"a": 1}, [], [[]], "a b\n"])
def test_one_wrong_part_hides_no_rule_of_the_others(kind: str, value: Any) -> None:
    """Whatever stands where a field belongs, the rest is judged: there is a stand-in for every field."""
    right = {"kind": kind, "name": "portal", "application": {"display_label": "a", "groups": ["b", "b"]}}
    model: type[ConnectorSpec] = KINDS[kind]
    for name in model.model_fields:
        if name not in {"kind", "application"}:
            judged = judge(model, {**right, name: value}, None)
            assert judged.spec is not None, name
            assert "group-twice" in [problem.code for _, problem in judged.problems], name


def test_a_value_is_judged_as_what_was_probably_meant() -> None:
    """A misspelt `destroy` is taken for it: the rule that it breaks is told in the same run."""
    pool = {"domain": {"prefix": "a"}, "removal_policy": "destory", "deletion_protection": "yes"}
    with pytest.raises(SpecError) as caught:
        parse({"kind": "cognito-user-pool", "name": "a", "user_pool": pool, "app_clients": []})
    assert codes(caught).count("not-a-choice") == 1
    assert "app-clients-missing" in codes(caught)
    assert "protection-and-destroy" not in codes(caught)  # deletion_protection itself is wrong, and told already


# --- the sandbox's address ------------------------------------------------------------------------------------------


def test_a_directory_at_another_address_is_the_same_spec_otherwise() -> None:
    """The sandbox stands in for the directory; nothing else of the spec changes."""
    spec = in_python()
    moved = with_directory_api(spec, "http://127.0.0.1:8300/api")
    assert isinstance(moved, CognitoUserPoolSpec)
    assert moved.directory is not None
    assert moved.directory.api_base == "http://127.0.0.1:8300/api"
    assert moved.directory.token_endpoint == "http://127.0.0.1:8300/oauth2/token"
    assert moved.model_copy(update={"directory": spec.directory}) == spec


@pytest.mark.parametrize("address", ["http://[", "directory", "http://directory.example.com/api", "https://a.example/"])
def test_an_address_that_is_no_api_is_refused(address: str) -> None:
    """With a problem, where the CDK's context holds nonsense."""
    with pytest.raises(SpecError):
        with_directory_api(in_python(), address)


def test_a_spec_without_a_directory_is_left_alone() -> None:
    """With somebody else's metadata there is nothing to move."""
    spec = in_python(directory=None, application=None, metadata=MetadataSource.from_url("https://idp.example.com/"))
    assert with_directory_api(spec, "http://127.0.0.1:8300/api") is spec
