"""Signing in through the emulated directory, from the request to the form that posts the Response."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from lxml import etree, html
from signxml.verifier import XMLVerifier

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

URL = "http://127.0.0.1:8500"
ACS = "https://portal.auth.eu-west-1.amazoncognito.com/saml2/idpresponse"
ENTITY = "urn:amazon:cognito:sp:eu-west-1_abc"
LOCAL = "http://127.0.0.1:4566/portal"
CONFIG: dict[str, Any] = {
    "idpEntityId": "urn:idp",
    "spEntityId": ENTITY,
    "acsUrl": ACS,
    "includeGroups": True,
    "databaseAttributes": [{"name": "email", "value": "email"}, {"name": "dept", "value": "department"}],
    "constantAttributes": [{"name": "stage", "value": "test"}],
}


@dataclass
class Posted:
    """The form that a browser would post."""

    action: str
    response: bytes
    fields: dict[str, str]


@dataclass
class World:
    """A directory with one application, and a browser."""

    directory: Directory
    admin: httpx.Client
    browser: httpx.Client

    def make(self, template: str = "amazoncognitouserpools", slug: str = "portal", **config: Any) -> str:
        """An active application for portal-users; its id."""
        values = {key: {"value": value} for key, value in (CONFIG | config).items()}
        body = {"active": True, "name": template, "displayLabel": "The portal", "ssoUrl": slug, "config": values}
        made = self.admin.post("/api/applications", json=body)
        assert made.status_code == 200, made.text
        application = str(made.json()["_id"])
        self.directory.associations[application, "user_group", self.directory.group("portal-users").id] = {}
        return application

    def sign_in(self, email: str = "ada@example.com", pending: str = "") -> httpx.Response:
        """Fill in the sign-in page."""
        return self.browser.post("/login", data={"login": email, "password": "sandbox", "pending": pending})

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Follow redirects within the directory."""
        while answer.is_redirect and answer.headers["location"].startswith("/"):
            answer = self.browser.get(answer.headers["location"])
        return answer

    def get(self, path: str) -> httpx.Response:
        """Open an address, and follow."""
        return self.follow(self.browser.get(path))


@pytest.fixture
def world() -> World:
    """The example directory, one administrator, one browser; Cognito's host is served locally."""
    directory = Directory.example()
    routes = [(r"^https://([a-z]+)\.auth\.[a-z0-9-]+\.amazoncognito\.com", r"http://127.0.0.1:4566/\1")]
    app = create_app(directory, public_url=URL, sso_url=URL, routes=routes)
    admin = in_process_client(app)
    admin.headers["x-api-key"] = "sandbox-api-key"
    return World(directory, admin, in_process_client(app))


def authn_request(**more: str) -> bytes:
    """An AuthnRequest for the portal."""
    values = {"ID": "_1", "Version": "2.0", "Destination": f"{URL}/saml2/portal", "AssertionConsumerServiceURL": ACS}
    issuer = more.pop("issuer", ENTITY)
    attributes = " ".join(f'{name}="{value}"' for name, value in (values | more).items())
    return (
        f'<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" {attributes}><s:Issuer>{issuer}</s:Issuer></p:AuthnRequest>'
    ).encode()


def by_redirect(relay_state: str | None = None, **more: str) -> str:
    """The address a service provider redirects to."""
    deflater = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(deflater.compress(authn_request(**more)) + deflater.flush()).decode()
    query = {"SAMLRequest": packed} | ({} if relay_state is None else {"RelayState": relay_state})
    return f"/saml2/portal?{httpx.QueryParams(query)}"


def posted(page: httpx.Response) -> Posted:
    """The form on the page."""
    assert page.status_code == 200, page.text
    form = html.fromstring(page.text).forms[-1]
    assert form.method == "POST"
    fields = {str(name): str(value) for name, value in form.form_values()}
    return Posted(str(form.action), base64.b64decode(fields.pop("SAMLResponse")), fields)


def pending_of(page: httpx.Response) -> str:
    """The token on the sign-in page."""
    return dict(html.fromstring(page.text).forms[-1].form_values())["pending"]


def attributes_of(response: bytes) -> dict[str, list[str]]:
    """Attribute values by name."""
    root = etree.fromstring(response)
    return {
        str(attribute.get("Name")): [str(value.text) for value in attribute] for attribute in root.iter("{*}Attribute")
    }


def test_a_person_signs_in_and_comes_back_with_a_signed_response(world: World) -> None:
    """From the request through the sign-in page to a Response that the application's certificate verifies."""
    application = world.directory.applications[world.make()]
    login = world.get(by_redirect("state"))
    assert login.url.path == "/login"
    assert "The portal" in login.text
    form = posted(world.follow(world.sign_in(pending=pending_of(login))))
    pem = base64.b64decode(application.config["idpCertificate"]).decode()
    result = XMLVerifier().verify(form.response, x509_cert=pem, id_attribute="ID")
    signed = result[0] if isinstance(result, list) else result
    assert signed.signed_xml is not None
    assert signed.signed_xml.findtext(".//{*}NameID") == "ada@example.com"
    assert signed.signed_xml.findtext(".//{*}Audience") == ENTITY
    assert signed.signed_xml.findtext("{*}Issuer") == "urn:idp"
    confirmation = signed.signed_xml.find(".//{*}SubjectConfirmationData")
    assert confirmation is not None
    assert (confirmation.get("InResponseTo"), confirmation.get("Recipient")) == ("_1", ACS)


def test_the_browser_is_routed_but_the_assertion_keeps_the_real_names(world: World) -> None:
    """Only the form's action is the local address."""
    world.make()
    world.sign_in()
    form = posted(world.get(by_redirect()))
    assert form.action == "http://127.0.0.1:4566/portal/saml2/idpresponse"
    assert b"127.0.0.1:4566" not in form.response
    assert etree.fromstring(form.response).get("Destination") == ACS


@pytest.mark.parametrize("state", ["plain", "a b&c=d+e%20<'\">é", ""])
def test_the_relay_state_comes_back_untouched(world: World, state: str) -> None:
    """Whatever is in it, by either binding; where none was sent, none comes back."""
    world.make()
    world.sign_in()
    assert posted(world.get(by_redirect(state))).fields == {"RelayState": state}
    form = {"SAMLRequest": base64.b64encode(authn_request()).decode(), "RelayState": state}
    answer = world.browser.post("/saml2/portal", data=form)
    assert answer.status_code == 303
    assert posted(world.follow(answer)).fields == {"RelayState": state}
    assert posted(world.get(by_redirect())).fields == {}


def test_attributes_are_those_that_the_settings_ask_for(world: World) -> None:
    """Mapped ones, constant ones, and those groups that are bound to the application."""
    application = world.make()
    world.sign_in()
    assert attributes_of(posted(world.get(by_redirect())).response) == {
        "email": ["ada@example.com"],
        "dept": ["Engineering"],
        "stage": ["test"],
        "memberOf": ["portal-users"],
    }
    admins = world.directory.group("portal-admins").id
    world.directory.associations[application, "user_group", admins] = {}
    groups = attributes_of(posted(world.get(by_redirect())).response)["memberOf"]
    assert groups == ["portal-users", "portal-admins"]


def test_custom_attributes_come_from_the_person_and_then_from_groups(world: World) -> None:
    """The person's own value wins; a property that is empty is left out."""
    rows = [{"name": name, "value": name} for name in ("role", "cost", "none", "department")]
    world.make(databaseAttributes=rows, constantAttributes=[], includeGroups=False)
    ada, users = world.directory.user("ada@example.com"), world.directory.group("portal-users")
    users.attributes |= {"role": "from group", "cost": 7}
    ada.attributes["role"], ada.department = "own", ""
    world.sign_in()
    assert attributes_of(posted(world.get(by_redirect())).response) == {"role": ["own"], "cost": ["7"]}


def test_name_id_and_signatures_follow_the_settings(world: World) -> None:
    """Another property, another format, the Response signed in place of the assertion."""
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    world.make(subjectField="username", overrideNameIdFormat=persistent, signAssertion=False, signResponse=True)
    world.sign_in()
    root = etree.fromstring(posted(world.get(by_redirect())).response)
    name_id = root.find(".//{*}NameID")
    assert name_id is not None
    assert (name_id.text, name_id.get("Format")) == ("ada", persistent)
    parents = [node.getparent() for node in root.iter("{*}Signature")]
    assert [etree.QName(parent).localname for parent in parents if parent is not None] == ["Response"]


def test_a_person_without_a_bound_group_is_refused_and_told_so(world: World) -> None:
    """403, and a page that names the application; binding the person directly lets them in."""
    application = world.make()
    world.sign_in("mallory@example.com")
    answer = world.get(by_redirect())
    assert answer.status_code == 403
    assert "You do not have access to The portal" in answer.text
    assert "SAMLResponse" not in answer.text
    world.directory.associations[application, "user", world.directory.user("mallory@example.com").id] = {}
    assert posted(world.get(by_redirect())).response


@pytest.mark.parametrize(
    "wrong", [{"issuer": "urn:other"}, {"AssertionConsumerServiceURL": "https://evil.example/acs"}]
)
def test_a_wrong_issuer_or_acs_url_is_refused(world: World, wrong: dict[str, str]) -> None:
    """Nothing is signed, and nobody is asked to sign in."""
    world.make()
    answer = world.get(by_redirect(**wrong))
    assert answer.status_code == 400
    assert next(iter(wrong.values())) in answer.text


def test_an_inactive_application_lets_nobody_in(world: World) -> None:
    """Even those who are bound to it."""
    world.directory.applications[world.make()].active = False
    world.sign_in()
    answer = world.get(by_redirect())
    assert answer.status_code == 403
    assert "not active" in answer.text


def test_an_unknown_and_a_doubled_address_are_told_apart(world: World) -> None:
    """404 for none, 409 for two."""
    assert world.get("/saml2/portal").status_code == 404
    world.make()
    world.make()
    assert world.get("/saml2/portal").status_code == 409


def test_an_application_without_its_key_signs_nothing(world: World) -> None:
    """After a certificate was stored without its key, sign-in says so."""
    world.directory.applications[world.make()].private_key = None
    world.sign_in()
    answer = world.get(by_redirect())
    assert answer.status_code == 400
    assert "private key" in answer.text


def test_a_request_is_answered_once(world: World) -> None:
    """Going back does not make a second Response to one request."""
    world.make()
    world.sign_in()
    onward = world.browser.get(by_redirect()).headers["location"]
    assert world.browser.get(onward).status_code == 200
    assert world.browser.get(onward).status_code == 400


def test_force_authn_asks_again(world: World) -> None:
    """A session from before the request does not do; one from after it does."""
    world.make()
    world.sign_in()
    login = world.get(by_redirect(ForceAuthn="true"))
    assert login.url.path == "/login"
    assert posted(world.follow(world.sign_in(pending=pending_of(login)))).response


def test_a_tile_with_a_login_url_leads_there_by_its_route(world: World) -> None:
    """The AWS host name is replaced on the way, nothing is posted."""
    application = world.make(idpInitUrl="https://portal.auth.eu-west-1.amazoncognito.com/authorize?a=b")
    world.sign_in()
    assert world.get(f"/launch/{application}").headers["location"] == f"{LOCAL}/authorize?a=b"
    assert world.get("/saml2/portal").headers["location"] == f"{LOCAL}/authorize?a=b"


def test_a_tile_without_a_login_url_posts_an_unsolicited_response(world: World) -> None:
    """With the default RelayState, and without a request to answer."""
    application = world.make(defaultTargetUrl="https://app.example/home")
    world.sign_in()
    form = posted(world.get(f"/launch/{application}"))
    assert form.fields == {"RelayState": "https://app.example/home"}
    assert b"InResponseTo" not in form.response


def test_a_bookmark_leads_to_its_target_but_only_on_the_web(world: World) -> None:
    """A script where an address belongs leads nowhere; those who are not bound are refused."""
    good, bad = world.make("bookmark", "https://status.example/"), world.make("bookmark", "javascript:alert(1)")
    world.sign_in()
    assert world.get(f"/launch/{good}").headers["location"] == "https://status.example/"
    assert world.get(f"/launch/{bad}").status_code == 400
    world.sign_in("mallory@example.com")
    assert world.get(f"/launch/{good}").status_code == 403
