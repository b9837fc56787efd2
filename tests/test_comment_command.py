"""Claims about `saml-connectors comment`, against GitHub's and GitLab's APIs as a server on this machine has them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from saml_connectors.cli import main

if TYPE_CHECKING:
    from tests.forge_fixtures import FakeForge

pytest_plugins = ["tests.forge_fixtures"]
pytestmark = pytest.mark.e2e

MARK = "<!-- saml-connectors: review -->"
Say = Callable[..., Result]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs the command on a page, without waiting between attempts."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)

    def run(page: str, *options: str) -> Result:
        file = tmp_path / "page.md"
        file.write_text(page, encoding="utf-8")
        return CliRunner().invoke(main, ["comment", str(file), *options])

    return run


def told(result: Result) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    return result.exit_code, result.stdout, result.stderr


def test_a_first_page_makes_a_comment(forge: FakeForge, say: Say) -> None:
    """With the mark, which nobody sees, in the first line."""
    assert told(say("## Sign-in\n")) == (0, "", "comment: created\n")
    assert forge.bodies == [f"{MARK}\n## Sign-in\n"]


def test_a_second_page_updates_the_same_comment(forge: FakeForge, say: Say) -> None:
    """Nobody is told of it again, and nobody reads an old page."""
    forge.add("ada", "Please look at this")
    say("first\n")
    forge.add("ada", "Thanks")
    assert told(say("second\n")) == (0, "", "comment: updated\n")
    assert forge.bodies == ["Please look at this", f"{MARK}\nsecond\n", "Thanks"]


def test_the_same_page_writes_nothing(forge: FakeForge, say: Say) -> None:
    """A comment that says so already is not marked as edited; line ends come back as the service likes."""
    say("one\ntwo\n")
    forge.comments[0]["body"] = forge.comments[0]["body"].replace("\n", "\r\n").rstrip()
    writes = forge.writes()
    assert told(say("one\ntwo\n")) == (0, "", "comment: unchanged\n")
    assert forge.writes() == writes == ["POST"]


def test_a_comment_behind_many_others_is_found(forge: FakeForge, say: Say) -> None:
    """All pages of the list are read: a hundred comments are on each."""
    for number in range(200):
        forge.add("ada", f"comment {number}")
    say("first\n")
    for number in range(100):
        forge.add("ada", f"comment {number}")
    assert told(say("second\n"))[2] == "comment: updated\n"
    assert sum(MARK in each for each in forge.bodies) == 1
    assert len([each for each in forge.requests if each.endswith(("/comments", "/notes"))]) == 3 + 1 + 4


def test_a_comment_of_somebody_else_is_left_alone(forge: FakeForge, say: Say) -> None:
    """Whoever copies the mark gets no comment of theirs overwritten, and takes none of ours over."""
    forge.add("mallory", f"{MARK}\nall is well\n")
    assert told(say("page\n"))[2] == "comment: created\n"
    assert forge.bodies == [f"{MARK}\nall is well\n", f"{MARK}\npage\n"]


def test_a_mark_inside_a_comment_of_ours_is_none(forge: FakeForge, say: Say) -> None:
    """A comment of another step may quote anything: only a first line is a mark."""
    forge.add(forge.me, f"> {MARK}\nquoted\n")
    say("page\n")
    assert forge.bodies == [f"> {MARK}\nquoted\n", f"{MARK}\npage\n"]


def test_two_comments_of_ours_become_one(forge: FakeForge, say: Say) -> None:
    """Two jobs at the same moment may each have made one."""
    forge.add(forge.me, f"{MARK}\none\n")
    forge.add(forge.me, f"{MARK}\ntwo\n")
    assert told(say("page\n"))[2] == "comment: updated\n"
    assert forge.bodies == [f"{MARK}\npage\n"]


def test_keys_keep_comments_apart(forge: FakeForge, say: Say) -> None:
    """Several apps of one repository have a comment each."""
    say("one\n", "--key", "app-one")
    say("two\n", "--key", "app-two")
    say("three\n", "--key", "app-one")
    assert forge.bodies == ["<!-- saml-connectors: app-one -->\nthree\n", "<!-- saml-connectors: app-two -->\ntwo\n"]


@pytest.mark.parametrize("key", ["", "Review", "a--b", "-a", "a-", "a b", "x" * 41, "a -->\n<script>"])
def test_a_key_that_could_end_the_mark_is_refused(forge: FakeForge, say: Say, key: str) -> None:
    """The mark is an HTML comment."""
    result = say("page\n", "--key", key)
    assert result.exit_code == 1
    assert "[comment-key]" in result.stderr
    assert not forge.requests


def test_only_update_makes_no_comment(forge: FakeForge, say: Say) -> None:
    """As long as nothing changes for people who sign in, a pull request stays without one."""
    assert told(say("nothing changes\n", "--only-update"))[2] == "comment: left out\n"
    say("something changes\n")
    assert told(say("nothing changes\n", "--only-update"))[2] == "comment: updated\n"
    assert forge.bodies == [f"{MARK}\nnothing changes\n"]


def test_a_token_of_an_app_still_leaves_one_comment(github: FakeForge, say: Say) -> None:
    """It may not ask whose it is; the comment that it makes says so, and older ones of the same author go."""
    github.me = "acme-review[bot]"
    say("one\n")
    assert told(say("two\n"))[2] == "comment: created\n"
    assert github.bodies == [f"{MARK}\ntwo\n"]
    assert told(say("three\n", "--author", "acme-review[bot]"))[2] == "comment: updated\n"


def test_a_token_that_may_only_read_leaves_the_job_green(forge: FakeForge, say: Say) -> None:
    """As for a pull request from a fork: stderr says so, and what to do where it is not meant."""
    forge.before += [lambda _: None, lambda _: (403, {})]
    result = say("page\n")
    assert (result.exit_code, forge.bodies) == (0, [])
    assert "may not write comments here" in result.stderr
    assert "[comment-not-allowed]" in result.stderr
    assert "Resource not accessible by integration" in result.stderr


def test_a_wrong_token_fails_and_is_never_shown(forge: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ended token is a mistake that somebody has to mend."""
    monkeypatch.setenv(f"{forge.kind.upper()}_TOKEN", "ended-secret-token")
    result = say("page\n")
    assert result.exit_code == 1
    assert f"{forge.kind.upper()}_TOKEN: must be a valid token" in result.stderr
    assert "ended-secret" not in result.output


def test_without_a_token_the_job_stays_green(forge: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline of a fork has none."""
    monkeypatch.delenv(f"{forge.kind.upper()}_TOKEN")
    result = say("page\n")
    assert (result.exit_code, forge.requests) == (0, [])
    assert "[comment-token]" in result.stderr


@pytest.mark.parametrize("token", ["two\nlines", "Zürich"])
def test_a_token_that_is_no_header_is_refused(
    forge: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """Without a traceback, and without showing it."""
    monkeypatch.setenv(f"{forge.kind.upper()}_TOKEN", token)
    result = say("page\n")
    assert (result.exit_code, forge.requests) == (1, [])
    assert token not in result.output


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_service_that_says_later_is_asked_again(forge: FakeForge, say: Say, status: int) -> None:
    """Three times."""
    forge.before += [lambda _: (status, {})] * 3
    assert told(say("page\n"))[2] == "comment: created\n"
    forge.before += [lambda _: (status, {})] * 4
    result = say("other\n")
    assert result.exit_code == 1
    assert f"the service answered {status} (attempts: 4)" in result.stderr


def test_a_limit_of_requests_is_no_refusal(github: FakeForge, say: Say) -> None:
    """GitHub says 403 for it as well, with a header that tells."""
    github.before += [lambda _: (403, {"X-RateLimit-Remaining": "0"}), lambda _: (403, {"Retry-After": "1"})]
    assert told(say("page\n"))[2] == "comment: created\n"


def test_who_is_told_to_wait_for_long_gives_up(forge: FakeForge, say: Say) -> None:
    """A job does not stand for an hour."""
    forge.before += [lambda _: (429, {"Retry-After": "3600"})]
    assert "(attempts: 1)" in told(say("page\n"))[2]


def test_a_lost_answer_makes_no_second_comment(forge: FakeForge, say: Say) -> None:
    """The comment was made, its answer never came: it is found by its mark."""
    forge.lose_answer_to = "POST"
    assert say("page\n").exit_code == 0
    assert forge.bodies == [f"{MARK}\npage\n"]
    assert forge.writes() == ["POST"]


def test_a_redirect_does_not_take_the_token_along(forge: FakeForge, say: Say) -> None:
    """Wherever it leads."""
    forge.before += [lambda _: (302, {"Location": "http://127.0.0.1:9/elsewhere"})]
    result = say("page\n")
    assert result.exit_code == 1
    assert "answered 302" in result.stderr
    assert len(forge.requests) == 1


def test_a_pull_request_that_is_not_there_fails(github: FakeForge, say: Say, tmp_path: Path) -> None:
    """Or one that the token does not see."""
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 8}}))
    result = say("page\n")
    assert result.exit_code == 1
    assert "must take the comment, but answered 404 Not Found" in result.stderr


@pytest.mark.parametrize("event", [{"ref": "refs/heads/main"}, {"issue": {"number": 7}}, [], {"pull_request": "7"}])
def test_a_push_has_nothing_to_comment_on(github: FakeForge, say: Say, tmp_path: Path, event: object) -> None:
    """A workflow that runs on both need not tell them apart; an issue that is no pull request is none."""
    (tmp_path / "event.json").write_text(json.dumps(event))
    result = say("page\n")
    assert (result.exit_code, github.requests) == (0, [])
    assert "note: there is no pull request to comment on" in result.stderr


def test_a_comment_on_a_pull_request_names_it_too(github: FakeForge, say: Say, tmp_path: Path) -> None:
    """The event of a workflow that somebody starts by a comment."""
    (tmp_path / "event.json").write_text(json.dumps({"issue": {"number": 7, "pull_request": {"url": "…"}}}))
    assert told(say("page\n"))[2] == "comment: created\n"


def test_a_branch_pipeline_has_nothing_to_comment_on(
    gitlab: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitLab sets the merge request's number in pipelines for merge requests only."""
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    result = say("page\n")
    assert (result.exit_code, gitlab.requests) == (0, [])
    assert "[comment-no-request]" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "acme/app/../../other"),
        ("GITHUB_REPOSITORY", "acme"),
        ("GITHUB_EVENT_PATH", "/nowhere/event.json"),
        ("GITHUB_API_URL", "http://api.example.com"),
        ("GITHUB_API_URL", "file:///etc/passwd"),
        ("GITHUB_API_URL", "https://name:word@api.example.com"),
        ("GITHUB_ACTIONS", "no"),
    ],
)
def test_a_wrong_environment_is_told(
    github: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A token goes to no address that is not https, and nothing that is no name is put into one."""
    monkeypatch.setenv(name, value)
    result = say("page\n")
    assert (result.exit_code, github.requests) == (1, [])
    assert "[comment-place]" in result.stderr or "[comment-api]" in result.stderr
    assert "word" not in result.stderr


@pytest.mark.parametrize("name", ["CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_PROJECT_ID"])
def test_numbers_of_gitlab_are_numbers(gitlab: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """They are put into an address."""
    monkeypatch.setenv(name, "7/../8")
    result = say("page\n")
    assert (result.exit_code, gitlab.requests) == (1, [])
    assert f"{name}: must be a number, got '7/../8'" in result.stderr


def test_a_page_that_is_too_long_is_cut_so_that_the_service_takes_it(forge: FakeForge, say: Say) -> None:
    """The fake refuses what the service would; the end says how much is missing."""
    line = "- somebody gains a role in an account\N{EM DASH}\n"
    page = f"## Sign-in\n<details><summary>all</summary>\n\n{line * 30_000}\n</details>\n"
    assert told(say(page))[2] == "comment: created\n"
    assert forge.bodies[0].count("<details>") == forge.bodies[0].count("</details>") == 1
    assert "lines more are left out" in forge.bodies[0].splitlines()[-1]


def test_a_page_with_lines_that_gitlab_would_carry_out_does_nothing(gitlab: FakeForge, say: Say) -> None:
    """A slash at the beginning of a line is a command there, with the rights of the token; in code it is text."""
    say("/close\n  /merge now\n```\n/kept as it is\n```\n/ no command\n```` \n/inside\n```\n/inside\n````\n/approve\n")
    assert gitlab.bodies[0].splitlines()[1:] == [
        "&#47;close",
        "  &#47;merge now",
        "```",
        "/kept as it is",
        "```",
        "/ no command",
        "```` ",
        "/inside",
        "```",
        "/inside",
        "````",
        "&#47;approve",
    ]


def test_notes_that_gitlab_makes_itself_are_none(gitlab: FakeForge, say: Say) -> None:
    """Such as that a commit was added."""
    gitlab.add(gitlab.me, f"{MARK}\nadded 1 commit", system=True)
    assert told(say("page\n"))[2] == "comment: created\n"


@pytest.mark.parametrize("page", ["", " \n\t\n"])
def test_an_empty_page_is_told(forge: FakeForge, say: Say, page: str) -> None:
    """A step before has failed; an empty comment would hide it."""
    result = say(page)
    assert (result.exit_code, forge.requests) == (1, [])
    assert "there is nothing in it [comment-file]" in result.stderr


def test_a_page_that_is_not_there_is_told(forge: FakeForge, tmp_path: Path) -> None:
    """Without a traceback."""
    result = CliRunner().invoke(main, ["comment", str(tmp_path / "none.md")])
    assert (result.exit_code, forge.requests) == (1, [])
    assert "no such file or directory [comment-file]" in result.stderr


def test_an_unreachable_service_is_told(github: FakeForge, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its host, and after several attempts."""
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    result = say("page\n")
    assert result.exit_code == 1
    assert "127.0.0.1 could not be reached (ConnectionRefusedError) (attempts: 4)" in result.stderr
