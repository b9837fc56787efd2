"""Claims about the action and the GitLab job as they run: base and head in a repository, a service on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.action_fixtures import Ran, Repository
    from tests.forge_fixtures import FakeForge

pytest_plugins = ["tests.forge_fixtures", "tests.action_fixtures"]
pytestmark = pytest.mark.e2e

Run = Callable[..., "Ran"]

HEAD = """Resources:
  Directory:
    Type: AWS::IAM::SAMLProvider
    Properties: { Name: Directory, SamlMetadataDocument: !Ref Metadata }
  Auditor:
    Type: AWS::IAM::Role
    Properties:
      RoleName: Auditor
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/SecurityAudit"]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithSAML
            Principal: { Federated: !GetAtt Directory.Arn }
            Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } }
Parameters:
  Metadata: { Type: String }
"""
ENGINEER = """  Engineer:
    Type: AWS::IAM::Role
    Properties:
      RoleName: Engineer
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithSAML
            Principal: { Federated: !GetAtt Directory.Arn }
            Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } }
"""
AFTER = HEAD.replace("Parameters:\n", f"{ENGINEER}Parameters:\n")
WRONG = AFTER.replace("https://signin.aws.amazon.com/saml", "https://wrong.example/saml")
MARK = "<!-- saml-connectors: review -->\n"
ASSEMBLY = "roles.yaml"


@pytest.fixture
def pull_request(repository: Repository) -> Repository:
    """One that adds a role."""
    repository.base = repository.commit({ASSEMBLY: HEAD})
    repository.commit({ASSEMBLY: AFTER})
    return repository


def test_a_pull_request_gets_one_comment_that_follows_it(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """The page is the comment and the job's summary; a second push updates it."""
    ran = run_action(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    (comment,) = github.bodies
    assert comment.startswith(f"{MARK}## Sign-in review: of 1 connector, 1 changed")
    assert "Engineer" in comment
    assert comment == MARK + ran.summary
    assert ran.outputs["changes"] == "true"
    assert ran.outputs["base"] == "compared"
    pull_request.commit({ASSEMBLY: HEAD})
    ran = run_action(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    assert github.bodies == [MARK + ran.summary]
    assert "nothing changes for people who sign in" in github.bodies[0]
    assert ran.outputs["changes"] == "false"
    assert github.writes() == ["POST", "PATCH"]


def test_an_error_fails_the_job_after_the_comment(pull_request: Repository, run_action: Run, github: FakeForge) -> None:
    """Reviewers read what is wrong where they review; the annotation names the file."""
    pull_request.commit({ASSEMBLY: WRONG})
    ran = run_action(assembly=ASSEMBLY)
    assert ran.failed
    assert ran.outcomes["Comment"] == "success"
    assert ran.outcomes["Check"] == "failure"
    assert "::error file=roles.yaml,line=" in ran.log
    assert "**2 new errors**" in github.bodies[0]


def test_an_error_that_is_suppressed_fails_nothing(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """In check and in review alike."""
    entry = "- { code: trust-audience-wrong, reason: another service takes it }\n"
    pull_request.commit({ASSEMBLY: WRONG, "suppressed.yaml": entry})
    ran = run_action(assembly=ASSEMBLY, suppressions="suppressed.yaml")
    assert not ran.failed, ran.log
    assert "no new findings" in github.bodies[0]


def test_the_base_is_synthesized_as_the_pull_request_is(
    repository: Repository, run_action: Run, github: FakeForge
) -> None:
    """Each with its own files, in a folder of the repository; the checkout stays as it was."""
    synth = f"echo synthesized && cp source.yaml '{ASSEMBLY}'"
    repository.base = repository.commit({"infra/source.yaml": HEAD, "infra/.gitignore": f"{ASSEMBLY}\n"})
    repository.commit({"infra/source.yaml": AFTER})
    ran = run_action(synth=synth, assembly=ASSEMBLY, working_directory="infra")
    assert not ran.failed, ran.log
    assert "Engineer" in github.bodies[0]
    assert ran.log.count("synthesized\n") == 2
    assert repository.git("status", "--porcelain") == ""
    assert (repository.folder / "infra" / ASSEMBLY).read_text() == AFTER


@pytest.mark.thorough
@pytest.mark.synth
def test_a_real_app_is_synthesized_and_told(repository: Repository, run_action: Run, github: FakeForge) -> None:
    """Our own app and the change of docs/review.md, with the CDK's command line: the page is the documented one."""
    project = Path(__file__).parents[1]
    names = ["app.py", "cdk.json", *(str(each.relative_to(project)) for each in project.glob("stacks/*.py"))]
    names += [str(each.relative_to(project)) for each in project.glob("connectors/*.yaml")]
    files = {name: (project / name).read_text("utf-8") for name in names} | {".gitignore": "cdk.out/\n__pycache__/\n"}
    repository.base = repository.commit(files)
    document = (project / "docs" / "review.md").read_text("utf-8")
    diff = repository.folder.parent / "change.diff"
    diff.write_text(document.split("```diff\n")[1].split("```")[0], "utf-8")
    repository.git("apply", "--unidiff-zero", str(diff))
    repository.commit({})
    ran = run_action(synth="cdk synth --quiet")
    assert not ran.failed, ran.log
    page = (project / "docs" / "review" / "pull-request.md").read_text("utf-8")
    (comment,) = github.bodies
    told = comment.partition("`saml-connectors check`")[0]  # what is below depends on the day
    assert told == MARK + page.partition("`saml-connectors check`")[0]
    assert "Rotation of `Acme portal`, phase 1" in comment


@pytest.mark.parametrize(
    "case",
    [
        ({"old": "1"}, "", "test ! -e old", "synth failed"),
        ({"old": "1"}, "", "", "no assembly"),
        ({ASSEMBLY: HEAD}, "0" * 40, "", "commit not found"),
        ({ASSEMBLY: HEAD}, "none", "", "not asked for"),
        ({ASSEMBLY: HEAD}, "--upload-pack=touch stolen", "", "not a commit"),
        ({ASSEMBLY: "{"}, "", "", "assembly cannot be read"),
    ],
)
def test_without_a_base_the_page_tells_what_is(
    repository: Repository, run_action: Run, github: FakeForge, case: tuple[dict[str, str], str, str, str]
) -> None:
    """Whatever is wrong with the base fails nothing, and is said first."""
    files, base, synth, told = case
    repository.base = repository.commit(files)
    if "old" in files:
        repository.git("rm", "--quiet", "old")
    repository.commit({ASSEMBLY: AFTER})
    ran = run_action(assembly=ASSEMBLY, base=base, synth=synth)
    assert not ran.failed, ran.log
    assert github.bodies[0].startswith(f"{MARK}> **Not compared with a base**: {told}. This is what is")
    assert "## Sign-in: 1 connector" in github.bodies[0]
    assert ran.outputs["base"] == (told if told != "assembly cannot be read" else "compared")
    assert not list(repository.folder.rglob("stolen"))


def test_a_shallow_checkout_fetches_the_base(
    pull_request: Repository, run_action: Run, github: FakeForge, tmp_path: Path
) -> None:
    """As actions/checkout makes it: one commit."""
    origin = pull_request.folder.rename(tmp_path / "origin")
    pull_request.folder.mkdir()
    pull_request.git("clone", "--quiet", "--depth=1", f"file://{origin}", ".")
    ran = run_action(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    assert ran.outputs["base"] == "compared"
    assert "Engineer" in github.bodies[0]


def test_a_pull_request_from_a_fork_has_its_page_in_the_summary(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """Its token may only read: that fails nothing."""
    github.before += [lambda _: None, lambda _: (403, {})]
    ran = run_action(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    assert github.bodies == []
    assert "[comment-not-allowed]" in ran.log
    assert "Engineer" in ran.summary


def test_a_job_with_a_strangers_code_and_a_token_that_may_write_does_nothing(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """`pull_request_target` would run the synthesis of whoever opens a pull request with rights on the repository."""
    ran = run_action(assembly=ASSEMBLY, synth="touch ran", event_name="pull_request_target")
    assert ran.failed
    assert not (pull_request.folder / "ran").exists()
    assert github.requests == []
    assert set(ran.outcomes.values()) == {"failure", "skipped"}


@pytest.mark.thorough
@pytest.mark.parametrize(("comment", "comments"), [("false", 0), ("changes", 0), ("true", 1)])
def test_who_wants_no_comment_gets_none(
    pull_request: Repository, run_action: Run, github: FakeForge, comment: str, comments: int
) -> None:
    """Where nothing changes; the summary has the page in any case."""
    pull_request.commit({ASSEMBLY: HEAD})
    ran = run_action(assembly=ASSEMBLY, comment=comment)
    assert not ran.failed, ran.log
    assert len(github.bodies) == comments
    assert "nothing changes" in ran.summary


def test_changes_are_commented_where_only_they_are_wanted(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """The other side of the claim above."""
    assert not run_action(assembly=ASSEMBLY, comment="changes").failed
    assert len(github.bodies) == 1


def test_inputs_are_values_and_never_commands(repository: Repository, run_action: Run, github: FakeForge) -> None:
    """Whatever stands in them."""
    odd = "$(touch stolen) `touch stolen`; touch stolen #'\".yaml"
    repository.base = repository.commit({odd: HEAD})
    repository.commit({odd: AFTER.replace("RoleName: Engineer", 'RoleName: "$(touch stolen)"')})
    ran = run_action(assembly=odd, comment_author=odd, package=odd)
    assert not ran.failed, ran.log
    assert len(github.bodies) == 1
    assert f"install --quiet --disable-pip-version-check {odd}" in ran.pip
    assert not list(repository.folder.rglob("stolen"))


@pytest.mark.thorough
def test_warnings_fail_where_they_are_to(pull_request: Repository, run_action: Run) -> None:
    """As `check --strict` does."""
    pull_request.commit({ASSEMBLY: AFTER.replace("ReadOnlyAccess", "AdministratorAccess")})
    loose, strict = run_action(assembly=ASSEMBLY), run_action(assembly=ASSEMBLY, strict="true")
    assert ("::warning" in loose.log, loose.failed, strict.failed) == (True, False, True), loose.log


def test_findings_go_to_code_scanning_where_that_is_wanted(pull_request: Repository, run_action: Run) -> None:
    """Whatever check says of them; otherwise nothing is handed over."""
    pull_request.commit({ASSEMBLY: WRONG})
    ran = run_action(assembly=ASSEMBLY, sarif="true")
    (handed,) = (given for name, given in ran.used.items() if name.startswith("github/codeql-action/upload-sarif@"))
    assert '"version": "2.1.0"' in Path(handed["sarif_file"]).read_text()
    assert not [name for name in run_action(assembly=ASSEMBLY).used if "upload-sarif" in name]


def test_a_template_that_cannot_be_read_is_told_and_fails(
    pull_request: Repository, run_action: Run, github: FakeForge
) -> None:
    """No comment that says that all is well is left or made."""
    pull_request.commit({ASSEMBLY: "{"})
    ran = run_action(assembly=ASSEMBLY)
    assert ran.failed
    assert ran.outcomes["Check"] == "failure"
    assert "title=template-syntax" in ran.log
    assert github.bodies == []


def test_a_merge_request_gets_one_note_that_follows_it(
    pull_request: Repository, run_gitlab: Run, gitlab: FakeForge
) -> None:
    """The job of the GitLab template does the same; page and code quality are its artifacts."""
    ran = run_gitlab(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    (note,) = gitlab.bodies
    assert note.startswith(f"{MARK}## Sign-in review: of 1 connector, 1 changed")
    folder = pull_request.folder / "saml-connectors-review"
    assert MARK + (folder / "page.md").read_text() == note
    assert (folder / "code-quality.json").read_text() == "[]\n"
    pull_request.commit({ASSEMBLY: WRONG})
    ran = run_gitlab(assembly=ASSEMBLY)
    assert ran.failed
    assert len(gitlab.bodies) == 1
    assert "**2 new errors**" in gitlab.bodies[0]
    assert '"severity": "critical"' in (folder / "code-quality.json").read_text()
    assert gitlab.writes() == ["POST", "PUT"]


@pytest.mark.parametrize(
    "case",
    [
        ({"old": "1"}, "test ! -e old", "synth failed"),
        ({"old": "1"}, "", "no assembly"),
        ({ASSEMBLY: "{"}, "", "assembly cannot be read"),
    ],
)
def test_without_a_base_the_note_tells_what_is(
    repository: Repository, run_gitlab: Run, gitlab: FakeForge, case: tuple[dict[str, str], str, str]
) -> None:
    """As on GitHub."""
    files, synth, told = case
    repository.base = repository.commit(files)
    if "old" in files:
        repository.git("rm", "--quiet", "old")
    repository.commit({ASSEMBLY: AFTER})
    ran = run_gitlab(assembly=ASSEMBLY, synth=synth)
    assert not ran.failed, ran.log
    assert gitlab.bodies[0].startswith(f"{MARK}> **Not compared with a base**: {told}. This is what is")


def test_a_note_that_cannot_be_written_fails_the_job_after_check(
    pull_request: Repository, run_gitlab: Run, gitlab: FakeForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that has ended is for somebody to renew; without any, the job is green."""
    monkeypatch.setenv("GITLAB_TOKEN", "ended")
    ran = run_gitlab(assembly=ASSEMBLY)
    assert ran.failed
    assert ran.log.index("[comment-token]") < ran.log.index("1 template: no findings")
    monkeypatch.delenv("GITLAB_TOKEN")
    ran = run_gitlab(assembly=ASSEMBLY)
    assert not ran.failed, ran.log
    assert gitlab.bodies == []
