"""Answers of the admin API: JSON, and the refusals in the several shapes that JumpCloud gives them.

Not here: pages for people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409
SERVER_ERROR, UNAVAILABLE = 500, 503


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """A request that is answered with an error."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body

    def response(self) -> Response:
        """The answer itself."""
        return json_answer(self.body, status=self.status)


def refusal(status: int, message: str) -> Refused:
    """The usual shape: `{"message": …}`."""
    return Refused(status, {"message": message})


def invalid(error: str) -> Refused:
    """The shape of the v1 applications' validation: `{"status": 400, "error": …}`."""
    return Refused(BAD_REQUEST, {"status": BAD_REQUEST, "error": error})


def not_found() -> Refused:
    """What every missing thing answers."""
    return refusal(NOT_FOUND, "Not Found")


def json_answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """*body* as JSON, in the content type that JumpCloud names."""
    answer = JSONResponse(body, status_code=status, headers=headers)
    answer.headers["content-type"] = "application/json; charset=utf-8"
    return answer


async def json_body(request: Request) -> dict[str, Any]:
    """The request's JSON object; a body that is not declared as JSON counts as empty, as for any Express server."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise refusal(BAD_REQUEST, "the request's body is not JSON") from error
    if not isinstance(body, dict):
        raise refusal(BAD_REQUEST, "the request's body must be a JSON object")
    return body
