"""Claims about what a change replaces, and about rotations: what follows for people, and what a deployment refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # it has no types

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review, Risk
from saml_connectors.review.grouping import ACCESS_CONTROL, POOL
from saml_connectors.review.reading_identity_pool import IDENTITY_POOL
from saml_connectors.review.replacing import CREATE_ONLY

pytest_plugins = ["tests.review_fixtures"]

Changed = Callable[..., Review]
Sentences = Callable[[Review], list[str]]
Find = Callable[[dict[str, Any], str], dict[str, Any]]

CLIENT, DOMAIN = "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain"
PROVIDER, ROLE, SAML = "AWS::Cognito::UserPoolIdentityProvider", "AWS::IAM::Role", "AWS::IAM::SAMLProvider"


@pytest.mark.parametrize("kind", sorted({*CREATE_ONLY, POOL, IDENTITY_POOL, ACCESS_CONTROL}))
def test_what_cannot_be_changed_is_what_cloudformation_says(kind: str) -> None:
    """The table is that of CloudFormation's schemas; a pool has none."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    listed = {each.removeprefix("/properties/") for each in schema.get("createOnlyProperties", [])}
    assert set(CREATE_ONLY.get(kind, ())) == listed - {"InstanceArn" if kind == ACCESS_CONTROL else ""}


@pytest.mark.parametrize(
    ("name", "kind", "field", "value", "words"),
    [
        ("portal", CLIENT, "GenerateSecret", True, "it has a new client id"),
        ("portal", PROVIDER, "ProviderName", "Another", "people become new users"),
        ("console", SAML, "Name", "Another", "every Role value and every trust policy must name the new one"),
        ("console", ROLE, "RoleName", "Another", "it has another ARN"),
        ("workforce-access", "AWS::SSO::PermissionSet", "Name", "Another", "its assignments are made anew"),
    ],
)
def test_a_replacement_is_told_with_what_follows(
    changed: Changed, of_type: Find, sentences: Sentences, *, name: str, kind: str, field: str, value: Any, words: str
) -> None:
    """Not that something is replaced, but what people notice of it."""
    found = changed(name, lambda resources: of_type(resources, kind).update({field: value}))
    told = [each for each in sentences(found) if each.startswith("replaced: ")]
    assert len(told) == 1
    assert words in told[0]
    assert field in told[0]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("Slug", "acme", "slug"), ("Template", "saml2", "template")],
)
def test_another_application_means_another_url_and_certificate(
    changed: Changed, of_type: Find, sentences: Sentences, *, field: str, value: str, reason: str
) -> None:
    """Slug, template and directory are what an application is."""
    found = changed("portal", lambda resources: of_type(resources, contract.APPLICATION).update({field: value}))
    told = sentences(found)
    assert told[0].startswith(f"replaced: the application 'Acme portal' is replaced, because of its '{reason}'")
    assert "a new SSO IdP URL, a new certificate and a new tile" in told[0]


def test_another_directory_replaces_too(changed: Changed, of_type: Find, sentences: Sentences) -> None:
    """By its address, or by its organization."""

    def change(resources: dict[str, Any]) -> None:
        for kind in (contract.APPLICATION, contract.LAUNCH, contract.ACCESS):
            of_type(resources, kind)["Directory"]["ApiUrl"] = "https://console.eu.jumpcloud.com/api"

    assert "because of its 'directory'" in sentences(changed("portal", change))[0]


def test_in_identity_center_somebody_has_to_upload_the_new_metadata(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """No API does that, and until then nobody signs in."""
    found = changed("workforce", lambda resources: of_type(resources, contract.APPLICATION).update({"Slug": "acme"}))
    assert "until somebody uploads the new metadata, and nobody signs in until then" in sentences(found)[0]


def test_a_construct_of_another_name_replaces_what_it_makes(changed: Changed, sentences: Sentences) -> None:
    """Other logical ids are other resources, though they say the same."""

    def change(resources: dict[str, Any]) -> None:
        text = json.dumps(resources).replace("ConnectorApplicationD2394314", "OtherApplication00000000")
        resources.clear()
        resources.update(json.loads(text))

    told = sentences(changed("portal", change))
    assert told[0].startswith("replaced: the application 'Acme portal' is replaced, because of its 'place in the templ")


def test_a_new_user_pool_has_no_users_and_the_old_one_stays(changed: Changed, sentences: Sentences) -> None:
    """The reviewer reads that people start anew, and where the old pool is."""

    def change(resources: dict[str, Any]) -> None:
        text = json.dumps(resources).replace("ConnectorUserPool91CB9E0D", "OtherUserPool00000000")
        resources.clear()
        resources.update(json.loads(text))

    told = sentences(changed("portal", change))
    pool = next(each for each in told if "user pool" in each)
    assert "the new one is empty" in pool
    assert "the old one stays, without a stack, with its people" in pool
    assert any(each.startswith("replaced: app client 'web' is replaced") for each in told)


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [
        ("portal", POOL, lambda pool: pool["Schema"][0].update(Required=False)),
        ("portal", POOL, lambda pool: pool["Schema"].pop()),
        ("portal", POOL, lambda pool: pool.update(UsernameAttributes=["email"])),
        ("portal", DOMAIN, lambda domain: domain.update(Domain="another")),
        ("console", ROLE, lambda role: role.update(Path="/people/")),
        ("console", SAML, lambda provider: provider.update(AddPrivateKey="{{resolve:secretsmanager:key}}")),
    ],
    ids=["required", "attribute", "user-names", "domain", "path", "key"],
)
def test_what_cannot_be_deployed_is_told_first(
    changed: Changed, of_type: Find, sentences: Sentences, *, name: str, kind: str, change: Callable[[Any], object]
) -> None:
    """A reviewer need not wait for CloudFormation to refuse it."""
    found = changed(name, lambda resources: change(of_type(resources, kind)))
    assert found.gravest[0][1].risk is Risk.BREAKS
    assert "the deployment fails at" in sentences(found)[0]


def test_a_schema_may_grow(changed: Changed, of_type: Find, sentences: Sentences) -> None:
    """One custom attribute more is no failure, whatever its place in the list."""

    def change(resources: dict[str, Any]) -> None:
        entry = {"AttributeDataType": "String", "Mutable": True, "Name": "another"}
        of_type(resources, POOL)["Schema"].insert(0, entry)

    found = changed("portal", change)
    assert sentences(found) == []
    assert {row.field for row in found.connectors[0].rows} == {
        f"Schema[another].{name}" for name in ("AttributeDataType", "Mutable", "Name")
    }


@pytest.mark.parametrize(
    ("on_removal", "words"),
    [("delete", "is deleted from the directory"), ("deactivate", "stays in the directory, inac")],
)
def test_a_connector_that_goes_says_what_becomes_of_its_application(
    examples: Any, reviewed: Any, of_type: Find, sentences: Sentences, *, on_removal: str, words: str
) -> None:
    """Deleted, or only deactivated; its stack is still there, without it."""
    base = examples("portal")
    resources = base["saml-connector-portal"]["Resources"]
    of_type(resources, contract.APPLICATION)["OnRemoval"] = on_removal
    new: dict[str, Any] = {"saml-connector-portal": {"Resources": {}}}
    told = sentences(reviewed(new, base))
    assert any(words in each for each in told)
    assert any("user pool" in each and "stays in AWS" in each for each in told)
    assert "access removed: Members of 'portal-admins', 'portal-users' may no longer sign in to app client 'web'" in [
        each.replace(" and ", ", ") for each in told
    ]


def test_a_stack_that_left_the_app_stays_until_somebody_deletes_it(
    examples: Any, reviewed: Any, sentences: Sentences
) -> None:
    """The CDK deletes no stack that is not in the app any more."""
    told = sentences(reviewed(examples("portal"), examples("portal", "portal-bookmark")))
    wanted = "before somebody deletes what is no longer in the app: 'saml-connector-portal-bookmark'"
    assert wanted in told[0]


def test_what_somebody_made_by_hand_is_taken_over(examples: Any, reviewed: Any, of_type: Find) -> None:
    """An adopted application is told as such: its first deployment writes nothing."""
    base, new = examples("console"), examples("console", "portal-bookmark")
    of_type(new["saml-connector-portal-bookmark"]["Resources"], contract.APPLICATION)["Adopt"] = "0" * 24
    connector = next(each for each in reviewed(new, base).connectors if each.state == "added")
    assert connector.connector.kind == "bookmark"
    assert any(part.fields.get("Adopt") == "0" * 24 for part in connector.connector.parts)


def with_certificates(signs: str, *trusted: str) -> Callable[[dict[str, Any]], None]:
    """Lets the portal's application have these certificates."""

    def change(resources: dict[str, Any]) -> None:
        place = next(name for name, each in resources.items() if each["Type"] == contract.APPLICATION)
        rows = []
        for name in sorted(trusted, key=lambda each: each != contract.ORIGINAL):
            made = f"Certificate{name}"
            properties: dict[str, Any] = {"Name": name, "Secret": "acme/pair"}
            if name == contract.ORIGINAL:
                properties |= {"ApplicationId": {"Ref": place}}
            resources[made] = {"Type": contract.SIGNING_CERTIFICATE, "Properties": properties}
            known = contract.ORIGINAL if name == contract.ORIGINAL else {"Fn::GetAtt": [made, "Fingerprint"]}
            rows.append({"Name": name, "Fingerprint": known})
        resources[place]["Properties"] |= {"TrustedCertificates": rows, "SigningCertificate": signs}

    return change


PHASES: list[tuple[str, ...]] = [(), ("original", "original", "2027"), ("2027", "original", "2027"), ("2027", "2027")]
"""What signs, then all that AWS trusts, in the order of a rotation."""


def rotated(examples: Any, reviewed: Any, before: tuple[str, ...], after: tuple[str, ...]) -> Review:
    """The review of a step of a rotation."""
    sides = []
    for phase in (after, before):
        data = copy.deepcopy(examples("portal"))
        if phase:
            with_certificates(*phase)(data["saml-connector-portal"]["Resources"])
        sides.append(data)
    found: Review = reviewed(*sides)
    return found


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_phase_of_a_rotation_is_told_by_its_number(
    examples: Any, reviewed: Any, sentences: Sentences, step: int
) -> None:
    """One line of diff, one sentence, and no alarm."""
    found = rotated(examples, reviewed, PHASES[step - 1], PHASES[step])
    told = [each for each in sentences(found) if "rotation of" in each]
    assert len(told) == 1
    assert f"phase {step}" in told[0]
    known = {
        1: "next, in another deployment",
        2: "'original' cannot sign again; sign in once right after",
        3: "no way back to 'original'",
    }
    assert known[step] in told[0]
    assert not any("rest of the document" in row.field for each in found.connectors for row in each.rows)
    assert min(change.risk for _, change in found.gravest) is Risk.TRUST


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (0, 2, "AWS does not trust '2027' yet"),
        (0, 3, "AWS does not trust '2027' yet"),
        (1, 3, "AWS would no longer trust 'original'"),
        (3, 2, None),
        (2, 1, "nothing can go back to 'original'"),
    ],
)
def test_a_skipped_phase_is_the_gravest_change(
    examples: Any, reviewed: Any, sentences: Sentences, *, before: int, after: int, why: str | None
) -> None:
    """Between two deployments, somebody's sign-in would fail; trusting a former certificate again is no skip."""
    told = sentences(rotated(examples, reviewed, PHASES[before], PHASES[after]))
    if why is None:
        assert not any(each.startswith("breaks") for each in told)
    else:
        assert told[0].startswith("breaks: the deployment is refused: a phase of the rotation of 'Acme portal' is skip")
        assert why in told[0]


def test_where_a_rotation_stands_is_told_without_a_base(
    examples: Any, reviewed: Any, page: Callable[[Review], str]
) -> None:
    """Somebody who looks at it later sees what is left to do."""
    data = examples("portal")
    with_certificates(*PHASES[1])(data["saml-connector-portal"]["Resources"])
    text = page(reviewed(data))
    assert "`Acme portal` still signs with `original`, and AWS trusts `2027` too: phase 1 of a rotation" in text
