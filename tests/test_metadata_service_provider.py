"""Claims about the metadata of a SAML SP: what is read of it, and that nothing a stranger writes raises or hangs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saml_connectors.metadata.document import MAX_BYTES
from saml_connectors.metadata.service_provider import SpMetadata, parse_sp
from saml_connectors.problems import SpecError
from saml_connectors.spec import ServiceProvider

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
SAML_2 = "urn:oasis:names:tc:SAML:2.0:protocol"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
ARTIFACT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
ENTITY_ID = "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067654321"
ACS_URL = "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666"


def service(url: str = ACS_URL, *, binding: str = POST, more: str = "") -> str:
    """One AssertionConsumerService."""
    return f'<md:AssertionConsumerService Binding="{binding}" Location="{url}" index="1" {more}/>'


def document(*services: str, entity_id: str = ENTITY_ID, role: str = "SPSSODescriptor", speaks: str = SAML_2) -> str:
    """The metadata of an SP."""
    inside = f'<md:{role} protocolSupportEnumeration="{speaks}">{"".join(services)}</md:{role}>'
    return f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{entity_id}">{inside}</md:EntityDescriptor>'


RIGHT = document(service())


def codes(xml: str | bytes) -> list[str]:
    """The codes of what is wrong with a document; none where it is read."""
    try:
        parse_sp(xml)
    except SpecError as error:
        return [problem.code for problem in error.problems]
    return []


def test_entity_id_and_acs_url_are_read() -> None:
    """As they stand in what Identity Center exports, in whatever encoding."""
    expected = SpMetadata(ENTITY_ID, (ACS_URL,))
    assert parse_sp(RIGHT) == expected
    assert parse_sp(RIGHT.encode()) == expected
    assert parse_sp(b"\xef\xbb\xbf" + RIGHT.encode()) == expected
    assert parse_sp(RIGHT.encode("utf-16")) == expected
    assert parse_sp(RIGHT.replace("md:", "").replace("xmlns:md", "xmlns")) == expected


def test_the_default_address_comes_first_and_only_posted_ones_count() -> None:
    """Of several, the one that the document marks; what is not HTTP-POST is nothing to post to."""
    first, second = f"{ACS_URL}-a", f"{ACS_URL}-b"
    for default in ("true", "1", " true "):
        xml = document(
            service(binding=ARTIFACT), service(first), service(second, more=f'isDefault="{default}"'), service(" ")
        )
        assert parse_sp(xml).acs_urls == (second, first)
    assert parse_sp(document(service(first), service(second, more='isDefault="false"'))).acs_urls == (first, second)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("", ["metadata-not-xml"]),
        ("{}", ["metadata-not-xml"]),
        (RIGHT[:-5], ["metadata-not-xml"]),
        ("<!DOCTYPE html><html><body/></html>", ["metadata-doctype"]),
        ("<html><br></html>", ["metadata-not-xml"]),
        ("<html/>", ["metadata-not-saml"]),
        (RIGHT.replace(MD, "urn:example:other"), ["metadata-not-saml"]),
        (f'<md:EntitiesDescriptor xmlns:md="{MD}">{RIGHT}</md:EntitiesDescriptor>', ["metadata-several-entities"]),
        (document(role="IDPSSODescriptor"), ["metadata-is-idp"]),
        (document(role="AttributeAuthorityDescriptor"), ["metadata-not-saml"]),
        (document(service(), speaks="urn:oasis:names:tc:SAML:1.1:protocol"), ["metadata-not-saml"]),
        (document(service(), entity_id=" "), ["metadata-no-entity-id"]),
        (document(), ["metadata-no-acs-url"]),
        (document(service(binding=ARTIFACT)), ["metadata-no-acs-url"]),
        (document(entity_id=""), ["metadata-no-entity-id", "metadata-no-acs-url"]),
        (" " * (2 * MAX_BYTES + 2), ["metadata-too-large"]),
        (document(*["<a>" * 70 + "</a>" * 70]), ["metadata-too-large"]),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + RIGHT, ["metadata-doctype"]),
        ('<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><x>&c;</x>', ["metadata-doctype"]),
        ("\ud800", ["metadata-not-xml"]),
        (b"\xff", ["metadata-not-xml"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "xml",
)
def test_what_is_no_sp_s_metadata_says_why(xml: str | bytes, expected: list[str]) -> None:
    """Each with its code, and nothing is read of it."""
    assert codes(xml) == expected


def test_a_federation_s_document_says_how_many_it_holds() -> None:
    """So that somebody sees which document it is."""
    with pytest.raises(SpecError, match="got an EntitiesDescriptor of 2"):
        parse_sp(f'<md:EntitiesDescriptor xmlns:md="{MD}">{RIGHT}{RIGHT}</md:EntitiesDescriptor>')


def test_the_way_out_never_leads_to_the_directory() -> None:
    """The directory has no metadata of an SP: it is exported from AWS."""
    for xml in ("<!DOCTYPE html><html/>", "<html><br></html>", document(role="IDPSSODescriptor"), "<html/>"):
        with pytest.raises(SpecError) as caught:
            parse_sp(xml)
        assert "from AWS" in str(caught.value)
        assert "from the directory" not in str(caught.value)


# --- nothing raises -------------------------------------------------------------------------------------------------

pieces = st.sampled_from(
    [
        "<md:EntityDescriptor ",
        f'xmlns:md="{MD}" ',
        'entityID="a"',
        'entityID="a" entityID="b"',
        ">",
        "/>",
        "<md:SPSSODescriptor>",
        "</md:SPSSODescriptor>",
        "<md:AssertionConsumerService",
        f' Binding="{POST}" Location="https://a"',
        "</md:EntityDescriptor>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml version='1.0' encoding='utf-7'?>",
        "<!DOCTYPE a>",
        "&amp;",
        "&#0;",
        "&x;",
        "\x00",
        "é",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
def test_hostile_text_is_a_problem_and_never_a_traceback(xml: str | bytes) -> None:
    """Whatever stands in the file: the metadata of one SP, or problems with stable codes."""
    assert all(re.fullmatch(r"metadata-[a-z-]+", code) for code in codes(xml))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(RIGHT)), st.integers(0, 12), st.text(max_size=6) | pieces)
def test_a_right_document_with_a_hole_is_read_or_refused(place: int, length: int, instead: str) -> None:
    """Near the right form, where most code is, nothing raises either; what is read is a text."""
    xml = RIGHT[:place] + instead + RIGHT[place + length :]
    found = codes(xml)
    assert all(code.startswith("metadata-") for code in found)
    if not found:
        told = parse_sp(xml)
        assert told.entity_id
        assert all(told.acs_urls)


# --- Identity Center's own ------------------------------------------------------------------------------------------


def read(folder: Path, xml: str) -> tuple[str, str]:
    """Entity ID and ACS URL of a file that holds *xml*."""
    file = folder / "sp.xml"
    file.write_text(xml)
    return ServiceProvider(metadata_file=str(file)).read()


def test_the_file_says_what_the_two_values_would(tmp_path: Path) -> None:
    """Either way the same pair comes out."""
    assert read(tmp_path, RIGHT) == (ENTITY_ID, ACS_URL)
    assert ServiceProvider(entity_id=ENTITY_ID, acs_url=ACS_URL).read() == (ENTITY_ID, ACS_URL)


@pytest.mark.parametrize(
    "xml",
    [
        document(service("https://signin.aws.amazon.com/saml"), entity_id="urn:amazon:webservices"),
        document(service("https://acme.auth.eu-west-1.amazoncognito.com/saml2/idpresponse")),
        document(service(), entity_id="urn:amazon:cognito:sp:eu-west-1_AbCdEfGhI"),
        document(service(ACS_URL.replace("https", "http"))),
        document(service(ACS_URL.replace(".com", ".com.evil.example"))),
        document(service(), entity_id=ENTITY_ID.replace("https://", "https://evil.example/")),
        document(service(), entity_id=ACS_URL),
    ],
    ids=["iam", "cognito-acs", "cognito", "http", "lookalike", "elsewhere", "acs-url"],
)
def test_metadata_of_another_service_is_refused(xml: str, tmp_path: Path) -> None:
    """With what it says it is: assertions for Identity Center are never sent elsewhere."""
    with pytest.raises(SpecError) as caught:
        read(tmp_path, xml)
    assert [problem.code for problem in caught.value.problems] == ["metadata-other-service"]
    assert "Identity Center console" in str(caught.value)


def test_other_partitions_have_addresses_of_their_own(tmp_path: Path) -> None:
    """GovCloud and China are read too."""
    for host in ("us-gov-west-1.signin.amazonaws-us-gov.com", "cn-north-1.signin.amazonaws.cn"):
        entity_id, acs_url = f"https://{host}/platform/saml/d-9067654321", f"https://{host}/platform/saml/acs/b1f2c3d4"
        assert read(tmp_path, document(service(acs_url), entity_id=entity_id)) == (entity_id, acs_url)


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    """Somebody named the wrong file: it is refused by its size."""
    with pytest.raises(SpecError, match="metadata-too-large"):
        read(tmp_path, RIGHT + " " * (3 * MAX_BYTES))
