"""Claims about what the rules of sign-in to AWS leave alone: what is right, and what nobody can be certain of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from saml_connectors.checks import judge
from saml_connectors.cloudformation import Assembly

pytest_plugins = ["tests.rule_examples_fixtures"]

TRUST, TAGGED, LONG = "trust-no-audience", "trust-no-tag-session", "session-duration"
AUDIENCE = "StringEquals: {SAML:aud: https://signin.aws.amazon.com/saml}"
PRINCIPAL = "{Federated: !Ref Provider}"
WORD = "Parameters:\n  Word: {Type: String}\nResources:\n"
MACRO = "Transform: AcmeMacro\nResources:\n"
NESTED = (
    "Resources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://acme.example/child}}\n"
)
ROLE_VALUE = '"arn:aws:iam::${AWS::AccountId}:role/Engineer,arn:aws:iam::${AWS::AccountId}:saml-provider/JumpCloud"'
ELSEWHERE = ROLE_VALUE.replace("${AWS::AccountId}", "444455556666").replace("Engineer", "Enginer")

SILENT: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a provider of another account": (
        TRUST,
        [(PRINCIPAL, "{Federated: arn:aws:iam::444455556666:saml-provider/Jumpcloud}")],
    ),
    "a provider that a parameter names": (TRUST, [("Resources:\n", WORD), (PRINCIPAL, "{Federated: !Ref Word}")]),
    "a provider of another name, and a macro": (
        TRUST,
        [("Resources:\n", MACRO), (PRINCIPAL, '{Federated: !Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/Okta"}')],
    ),
    "a provider of another name, and a nested stack": (
        TRUST,
        [
            ("Resources:\n", NESTED),
            (PRINCIPAL, '{Federated: !Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/Okta"}'),
        ],
    ),
    "a provider whose name nobody knows": (
        TRUST,
        [
            ("Resources:\n", WORD),
            ("Name: JumpCloud", "Name: !Ref Word"),
            (PRINCIPAL, '{Federated: !Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/JumpClout"}'),
        ],
    ),
    "an audience that a parameter tells": (
        TRUST,
        [("Resources:\n", WORD), (AUDIENCE, "StringEquals: {SAML:aud: !Ref Word}")],
    ),
    "an audience by a dynamic reference": (
        TRUST,
        [(AUDIENCE, 'StringEquals: {SAML:aud: "{{resolve:ssm:/audience}}"}')],
    ),
    "a condition that is decided at deployment": (
        TRUST,
        [
            (
                "            Condition:\n",
                "            Condition: !If\n              - Strict\n              - {}\n              -\n",
            ),
            (f"              {AUDIENCE}", f"                {AUDIENCE}"),
        ],
    ),
    "one audience of several is AWS's": (
        TRUST,
        [(AUDIENCE, "StringEquals: {SAML:aud: [https://signin.aws.amazon.com/saml, https://proxy.acme.example/saml]}")],
    ),
    "an audience of a region": (TRUST, [("https://signin", "https://eu-west-1.signin")]),
    "an audience that is not one, beside one that is": (
        TRUST,
        [
            (
                AUDIENCE,
                f"{AUDIENCE}\n              StringNotEquals: {{SAML:aud: https://us-east-1.signin.aws.amazon.com/saml}}",
            )
        ],
    ),
    "tags in a statement of their own": (
        TAGGED,
        [
            (
                "            Action: [sts:AssumeRoleWithSAML, sts:TagSession]",
                "            Action: sts:AssumeRoleWithSAML",
            ),
            (
                "          - Effect: Allow\n",
                (
                    "          - Effect: Allow\n            Principal: {Federated: !Ref Provider}\n"
                    "            Action: sts:TagSession\n          - Effect: Allow\n"
                ),
            ),
        ],
    ),
    "all actions of STS": (TAGGED, [("[sts:AssumeRoleWithSAML, sts:TagSession]", "sts:*")]),
    "tags that are only forbidden": (
        TRUST,
        [(AUDIENCE, f"{AUDIENCE}\n              StringNotEquals: {{aws:RequestTag/Team: guests}}")],
    ),
    "tags that may be left out": (
        TRUST,
        [(AUDIENCE, f"{AUDIENCE}\n              StringEqualsIfExists: {{aws:RequestTag/Team: engineers}}")],
    ),
    "a denial without an audience": (
        TRUST,
        [
            (
                "          - Effect: Allow\n",
                (
                    "          - Effect: Deny\n            Principal: {Federated: !Ref Provider}\n"
                    "            Action: sts:AssumeRoleWithSAML\n          - Effect: Allow\n"
                ),
            )
        ],
    ),
    "another action for the account": (
        TRUST,
        [
            (
                "          - Effect: Allow\n",
                (
                    "          - Effect: Allow\n            Principal: {AWS: arn:aws:iam::111122223333:root}\n"
                    "            Action: sts:AssumeRole\n          - Effect: Allow\n"
                ),
            )
        ],
    ),
    "two actions, one of which AWS principals can use": (
        TRUST,
        [
            (f"Principal: {PRINCIPAL}", "Principal: {Federated: !Ref Provider, AWS: arn:aws:iam::111122223333:root}"),
            ("Action: sts:AssumeRoleWithSAML", "Action: ['sts:AssumeRoleWithSAML', 'sts:AssumeRole']"),
        ],
    ),
    "a longest session that a parameter tells": (
        LONG,
        [("Resources:\n", WORD), ("MaxSessionDuration: 28800", "MaxSessionDuration: !Ref Word")],
    ),
    "a duration that a parameter tells": (LONG, [("Resources:\n", WORD), ('Value: "28800"', "Value: !Ref Word")]),
    "a further role that is there already": (
        LONG,
        [
            (
                f"          Value: !Sub {ROLE_VALUE}\n",
                (
                    f"          Value: !Sub {ROLE_VALUE}\n"
                    "        - Name: https://aws.amazon.com/SAML/Attributes/Role\n"
                    f"          Value: !Sub {ROLE_VALUE.replace('Engineer', 'Operations')}\n"
                ),
            )
        ],
    ),
    "roles of another account": (
        LONG,
        [
            (
                f"          Value: !Sub {ROLE_VALUE}\n",
                (
                    f"          Value: !Sub {ROLE_VALUE}\n"
                    "        - Name: https://aws.amazon.com/SAML/Attributes/Role\n"
                    f"          Value: {ELSEWHERE}\n"
                ),
            )
        ],
    ),
    "the arrangement of a role value is a parameter": (
        LONG,
        [("Resources:\n", WORD), (f"Value: !Sub {ROLE_VALUE}", "Value: !Ref Word")],
    ),
    "a boundary": (
        "role-administrator",
        [
            (
                "ReadOnlyAccess]",
                "AdministratorAccess]\n      PermissionsBoundary: arn:aws:iam::111122223333:policy/limit",
            )
        ],
    ),
    "roles passed to one service": (
        "role-pass-role",
        [
            (
                "Resource: arn:aws:iam::111122223333:role/build",
                'Resource: "*"\n                Condition: {StringEquals: {iam:PassedToService: glue.amazonaws.com}}',
            )
        ],
    ),
    "a policy of which a part is not known": (
        "policy-document",
        [("Resources:\n", WORD), ("Action: logs:GetLogEvents", "Action: !Ref Word")],
    ),
    "a domain that a parameter names": (
        "application-acs",
        [("Resources:\n", WORD), (": acme-portal\n", ": !Ref Word\n")],
    ),
    "tags that come from elsewhere": ("permission-set-policy-size", [("reports/*", "${aws:PrincipalTag/Team}/*")]),
    "an action by a dynamic reference": (
        "policy-document",
        [("Action: logs:GetLogEvents", 'Action: "{{resolve:ssm:/what people may do}}"')],
    ),
    "a resource that is another one's ARN": (
        "policy-document",
        [('Resource: "*"', 'Resource: !Sub "${Provider.Arn}/*"')],
    ),
    "a name by a dynamic reference": (
        "permission-set-name",
        [("Name: Analyst", 'Name: "{{resolve:ssm:/name of it}}"')],
    ),
    "a policy text that is put together": (
        "permission-set-policy-size",
        [
            (
                "      InlinePolicy:\n",
                '      InlinePolicy: !Sub \'{"Version": "2012-10-17", "Statement": ${Word}}\'\n      More:\n',
            ),
            ("Resources:\n", WORD),
        ],
    ),
    "tags that the role has itself": (
        "principal-tag-unknown",
        [
            ("${aws:PrincipalTag/Department}", "${aws:PrincipalTag/Team}"),
            ("      RoleName: Engineer\n", "      RoleName: Engineer\n      Tags: [{Key: Team, Value: engineers}]\n"),
        ],
    ),
    "a principal that a parameter tells": (
        "assignment-principal",
        [("Resources:\n", WORD), ("90676543ab-1111aaaa-2222-3333-4444-5555bbbb6666", "!Ref Word")],
    ),
    "a permission set of another stack": (
        "assignment-permission-set",
        [("!GetAtt Analyst.PermissionSetArn", "!ImportValue analyst")],
    ),
    "the sandbox's directory": ("directory-http", [("https://console.jumpcloud.com/api", "http://127.0.0.1:8443/api")]),
    "the same slug in another organization": (
        "application-slug-twice",
        [
            ("Slug: acme-blog", "Slug: acme-wiki"),
            (
                "CredentialsSecret: jumpcloud/api-key}\n      Template: saml2\n      DisplayLabel: Blog",
                "CredentialsSecret: jumpcloud/other}\n      Template: saml2\n      DisplayLabel: Blog",
            ),
        ],
    ),
    "an application for which another stack binds groups": (
        "application-without-access",
        [("!Ref Application", "!ImportValue application")],
    ),
    "an identity pool's provider of another stack": (
        "identity-pool-provider",
        [("[!Ref Provider]", "[!ImportValue provider]")],
    ),
    "two providers of which one is there": (
        "saml-provider-twice",
        [("Name: Okta", "Name: JumpCloud"), ("  Other:\n", "  Other:\n    Condition: Second\n")],
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_what_is_right_or_not_known_is_left_alone(
    case: str, project: Path, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Precision first: a finding is always something to do."""
    code, changes = SILENT[case]
    text = (project / "docs" / "rules" / f"{code}.passes.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    assert [str(finding) for finding in judge(example_template(text), now=rule_time)] == []


def test_a_provider_of_another_stack_may_be_in_the_same_account(
    project: Path, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """Where accounts are not known, whatever one of the templates makes may be there."""
    text = (project / "docs" / "rules" / "trust-provider-missing.passes.yaml").read_text(encoding="utf-8")
    first, role = text.split("  Engineer:\n")
    second = f"Resources:\n  Engineer:\n{role}"
    assert [str(each) for each in judge(example_template(first, second), now=rule_time)] == []
    assert [each.code for each in judge(example_template(second), now=rule_time)] == ["trust-provider-unseen"]


def test_a_stack_of_an_unknown_account_may_be_in_the_known_one(
    project: Path, example_template: Callable[..., Assembly], rule_time: datetime
) -> None:
    """One of the two accounts is known, and the other may be the same; a third one is not."""
    text = (project / "docs" / "rules" / "trust-provider-missing.passes.yaml").read_text(encoding="utf-8")
    first, role = text.split("  Engineer:\n")
    (own,) = example_template(f"Resources:\n  Engineer:\n{role}", account="111122223333").templates
    for account, expected in ((None, []), ("111122223333", []), ("444455556666", ["trust-provider-unseen"])):
        (other,) = example_template(first, account=account).templates
        assert [each.code for each in judge(Assembly((other, own)), now=rule_time)] == expected
