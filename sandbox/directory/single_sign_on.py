"""The SAML IdP: takes AuthnRequests, opens tiles, and posts signed Responses to where the application says.

A request waits under a token while its person signs in; the same way serves both bindings, because a browser does not
send a SameSite=Lax cookie along with a form from another site.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.directory import claims, saml_request
from sandbox.directory.access import directory_of
from sandbox.directory.certificates import decoded_certificate
from sandbox.directory.destinations import is_web, routed
from sandbox.directory.pages import problem, render
from sandbox.directory.portal import FORBIDDEN, SEE_OTHER, ask_to_sign_in, signed_in
from sandbox.directory.saml_request import AuthnRequest, RequestRefused
from sandbox.directory.saml_response import ALGORITHMS, UNSPECIFIED, build_response
from sandbox.directory.sessions import COOKIE, Waiting

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.directory.applications import Application
    from sandbox.directory.people import User

BAD_REQUEST, NOT_FOUND, CONFLICT = 400, 404, 409
ASK_ADMINISTRATOR = "Ask the person who looks after your directory."


async def by_redirect(request: Request) -> Response:
    """GET /saml2/{slug}: a request by HTTP-Redirect; without one, the same as opening the tile."""
    application = _application(request)
    if isinstance(application, Response):
        return application
    if "SAMLRequest" not in request.query_params:
        return _wait(request, Waiting(application_id=application.id))
    try:
        document = saml_request.from_redirect(request.url.query, application)
        return _take(request, application, document, request.query_params.get("RelayState"))
    except RequestRefused as refused:
        return _refused(request, application, refused)


async def by_post(request: Request) -> Response:
    """POST /saml2/{slug}: a request by HTTP-POST."""
    application = _application(request)
    if isinstance(application, Response):
        return application
    form = await request.form()
    relay_state = form.get("RelayState")
    try:
        document = saml_request.from_post(str(form.get("SAMLRequest") or ""), application)
        return _take(request, application, document, None if relay_state is None else str(relay_state))
    except RequestRefused as refused:
        return _refused(request, application, refused)


async def launch(request: Request) -> Response:
    """GET /launch/{id}: opens a tile."""
    directory = directory_of(request)
    with directory.lock:
        application = directory.applications.get(request.path_params["id"])
    if application is None:
        return problem(request, "This application does not exist", ASK_ADMINISTRATOR, status=NOT_FOUND)
    return _wait(request, Waiting(application_id=application.id))


async def go_on(request: Request) -> Response:
    """GET /sso/continue/{token}: answers what waited, now that its person is signed in."""
    directory, token = directory_of(request), request.path_params["token"]
    waiting = directory.sessions.waiting(token)
    user = signed_in(request)
    if waiting is None:
        reason = "It was answered already, or it is too old."
        return problem(
            request,
            "This sign-in is over",
            reason,
            status=BAD_REQUEST,
            user=user,
            hint="Begin again at the application.",
        )
    if user is None or (waiting.force_authn and not directory.sessions.newer(request.cookies.get(COOKIE), token)):
        return ask_to_sign_in(token)
    with directory.lock:
        application = directory.applications.get(waiting.application_id)
    refused = _may_not(request, application, user)
    if refused is not None or application is None:
        return refused or problem(request, "This application does not exist", status=NOT_FOUND)
    directory.sessions.done(token)
    if waiting.request is None:
        target = application.sso_url if application.slug is None else application.config.get("idpInitUrl")
        if target:
            return _send_to(request, application, str(target), user)
    try:
        return await run_in_threadpool(_answer, request, application, user, waiting)
    except RequestRefused as refusal:
        return _refused(request, application, refusal)


def _answer(request: Request, application: Application, user: User, waiting: Waiting) -> Response:
    """The page that posts a signed Response."""
    directory, config = directory_of(request), application.config
    with directory.lock:
        certificate = decoded_certificate(str(config.get("idpCertificate") or ""))
        name_id = claims.name_id(directory, application, user)
        attributes = claims.attributes_of(directory, application, user)
    algorithm = str(config.get("signatureAlgorithm") or "RSA-SHA256")
    if certificate is None or application.private_key is None:
        raise RequestRefused("The application has no certificate with its private key, so nothing can be signed.")
    if algorithm not in ALGORITHMS:
        raise RequestRefused(f"The application wants to be signed with {algorithm}, which this IdP does not do.")
    if not name_id:
        raise RequestRefused(f"You have no {config.get('subjectField')}, which the application knows people by.")
    acs_url = (
        waiting.request.acs_url
        if waiting.request
        else saml_request.default_acs(saml_request.acs_endpoints(application))
    )
    target = routed(acs_url, request.app.state.routes)
    if not is_web(target):
        raise RequestRefused(f"The application's ACS URL is {acs_url!r}, which is no web address.")
    document = build_response(
        issuer=str(config.get("idpEntityId") or ""),
        audience=str(config.get("spEntityId") or ""),
        acs_url=acs_url,
        name_id=name_id,
        name_id_format=str(config.get("overrideNameIdFormat") or UNSPECIFIED),
        certificate=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        private_key=application.private_key,
        now=directory.clock(),
        attributes=attributes,
        in_response_to=waiting.request.id if waiting.request else None,
        sign_assertion=config.get("signAssertion", True) is True,
        sign_response=config.get("signResponse", False) is True,
        signature_algorithm=algorithm,
    )
    relay_state = waiting.relay_state if waiting.request else config.get("defaultTargetUrl") or None
    encoded = base64.b64encode(document.encode()).decode("ascii")
    return render(
        request,
        "post.html",
        user=user,
        title=application.title,
        action=target,
        response=encoded,
        relay_state=relay_state,
    )


def _application(request: Request) -> Application | Response:
    """The one application with the slug in the path; else a page that says why there is none."""
    directory = directory_of(request)
    found = directory.with_slug(request.path_params["slug"])
    if not found:
        reason = f"No application has the SSO IdP URL {request.app.state.sso_url}{request.url.path}."
        return problem(request, "This application does not exist", reason, status=NOT_FOUND, hint=ASK_ADMINISTRATOR)
    if len(found) > 1:
        reason = f"{len(found)} applications have this SSO IdP URL, so it is not clear which is meant."
        return problem(request, "This address is not unique", reason, status=CONFLICT, hint=ASK_ADMINISTRATOR)
    return found[0]


def _take(request: Request, application: Application, document: bytes, relay_state: str | None) -> Response:
    asked: AuthnRequest = saml_request.judged(document, application)
    return _wait(
        request,
        Waiting(application_id=application.id, request=asked, relay_state=relay_state, force_authn=asked.force_authn),
    )


def _wait(request: Request, waiting: Waiting) -> Response:
    token = directory_of(request).sessions.wait(waiting)
    return RedirectResponse(f"/sso/continue/{token}", status_code=SEE_OTHER)


def _may_not(request: Request, application: Application | None, user: User) -> Response | None:
    """The page for a person who may not use *application*; None for one who may."""
    if application is None:
        return problem(request, "This application does not exist", ASK_ADMINISTRATOR, status=NOT_FOUND, user=user)
    if not application.active:
        reason = f"Single sign-on is not activated for {application.title}."
        return problem(
            request, "This application is not active", reason, status=FORBIDDEN, user=user, hint=ASK_ADMINISTRATOR
        )
    if not directory_of(request).may_use(application, user):
        return render(request, "no_access.html", status=FORBIDDEN, user=user, title=application.title)
    return None


def _send_to(request: Request, application: Application, url: str, user: User) -> Response:
    target = routed(url, request.app.state.routes)
    if not is_web(target):
        reason = f"{application.title} is set to open {url!r}, which is no web address."
        return problem(
            request, "This tile leads nowhere", reason, status=BAD_REQUEST, user=user, hint=ASK_ADMINISTRATOR
        )
    return RedirectResponse(target, status_code=SEE_OTHER)


def _refused(request: Request, application: Application, refused: RequestRefused) -> Response:
    heading = f"Signing in to {application.title} did not work"
    return problem(request, heading, str(refused), status=BAD_REQUEST, user=signed_in(request), hint=ASK_ADMINISTRATOR)


def routes() -> list[Route]:
    """Where the IdP is."""
    return [
        Route("/saml2/{slug}", by_redirect, methods=["GET"]),
        Route("/saml2/{slug}", by_post, methods=["POST"]),
        Route("/launch/{id}", launch, methods=["GET"]),
        Route("/sso/continue/{token}", go_on, methods=["GET"]),
    ]
