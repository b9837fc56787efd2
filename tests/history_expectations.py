"""What a directory must hold after each step of a history: by every field, what CloudFormation believes and people set.

Not here: CloudFormation's own rules (`stack_history.py`), and which steps there are (`test_provider_histories.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.directory_holdings import unlike
from tests.stack_history import ACCESS, APPLICATION, LAUNCH, ROLE

if TYPE_CHECKING:
    from tests.stack_history import Deployed, History, Spec
    from tests.trouble_fixtures import TroubledStage

GROUPS = ("portal-users", "portal-admins")
"""Those that specs name."""


class Expectations:
    """Remembers what was seen last, and what follows from a deployment for it."""

    stage: TroubledStage
    history: History
    unsure: set[tuple[str, str]]
    """Application and group whose binding somebody has undone by hand: access, when it is asked, binds it again."""

    seen: dict[str, Any]

    def documents(self) -> dict[str, Any]:
        """All that the directory holds, by every field."""
        directory = self.stage.directory
        bound: dict[str, dict[str, bool]] = {}
        for application_id, _, group_id in directory.associations:
            bound.setdefault(application_id, {})[directory.groups[group_id].name] = True
        return {
            "applications": {
                key: {**each.document(), "has private key": each.private_key is not None}
                for key, each in directory.applications.items()
            },
            "bound": {key: bound.get(key, {}) for key in directory.applications},
            "groups": {group.name: group.document() for group in directory.groups.values()},
        }

    def judge(self, before: Spec | None, spec: Spec | None, was: str | None, deployed: Deployed) -> None:
        """Compare what there is with what there was, changed as CloudFormation believes."""
        found, wanted = self.documents(), self.seen
        now = self.history.application_id
        holds = spec if deployed.done else before
        self._expect_applications(found, wanted, was, now, before)
        if not deployed.done:
            self._expect_kept(found, wanted, {was, now})
        if not deployed.done and spec is not None and spec.on_removal == "deactivate":
            for key in found["applications"].keys() - wanted["applications"].keys():  # made, and taken away again
                assert found["applications"][key]["active"] is False
                wanted["applications"][key], wanted["bound"][key] = found["applications"][key], found["bound"][key]
        if holds is not None and now is not None:
            self._expect_fields(found, wanted, was, now, holds=holds, both=(before, spec), deployed=deployed)
        rows: dict[str, dict[str, str]] = {group: {} for group in GROUPS}
        for group, name, value in (holds.rows if holds else None) or ():
            rows[group] = {**rows[group], name: value}
        for group in GROUPS:
            attributes = wanted["groups"][group]["attributes"]
            kept = {key: value for key, value in attributes.items() if key not in {"role", "other"}}
            wanted["groups"][group]["attributes"] = kept | rows[group]
        assert not unlike(found, wanted), (before, spec, deployed)
        self.seen = found
        last = self.history.resources.get(APPLICATION)
        assert last is None or last.physical_id in self.stage.directory.applications

    def _expect_applications(
        self, found: dict[str, Any], wanted: dict[str, Any], was: str | None, now: str | None, before: Spec | None
    ) -> None:
        """Which there are: one that is not named any more is deleted, or only deactivated."""
        if was is not None and was != now and was in wanted["applications"]:
            if before is not None and before.on_removal == "deactivate":
                wanted["applications"][was]["active"] = False
                self._cleared(wanted["applications"][was], wanted["bound"][was], before)
            else:
                del wanted["applications"][was], wanted["bound"][was]
        if now is not None and now not in wanted["applications"]:
            assert found["applications"][now]["has private key"]
            assert found["applications"][now]["config"]["idpCertificate"]["value"]
            wanted["applications"][now] = found["applications"][now]
            wanted["bound"][now] = dict(found["bound"][now])

    @staticmethod
    def _expect_kept(found: dict[str, Any], wanted: dict[str, Any], named: set[str | None]) -> None:
        """What an earlier removal had only deactivated, and this deployment was about to take up again.

        It is out of use again, or removed as anything else that a failed deployment has made its own.
        """
        for key in [key for key, each in wanted["applications"].items() if not each["active"] and key not in named]:
            if key in found["applications"]:
                assert found["applications"][key]["active"] is False
                wanted["applications"][key], wanted["bound"][key] = found["applications"][key], found["bound"][key]
            else:
                del wanted["applications"][key], wanted["bound"][key]

    def _expect_fields(
        self,
        found: dict[str, Any],
        wanted: dict[str, Any],
        was: str | None,
        now: str,
        *,
        holds: Spec,
        both: tuple[Spec | None, Spec | None],
        deployed: Deployed,
    ) -> None:
        """What the application says: what the spec has is set, what only the other one had is given up."""
        application, bound = wanted["applications"][now], wanted["bound"][now]
        if APPLICATION in deployed.touched or was != now:
            self._set(application, self._fields(holds))
            self._give_up(found["applications"][now], application, holds, both)
        self._expect_opened(found["applications"][now], application, holds, both, is_set=LAUNCH in deployed.touched)
        named = set(holds.groups or ())
        if ACCESS in deployed.touched or was != now or holds.groups is None:
            self.unsure = {each for each in self.unsure if each[0] != now}
        for group in GROUPS:
            if (now, group) in self.unsure:
                bound.pop(group, None)
                if found["bound"][now].get(group):
                    bound[group] = True
            elif group in named:
                bound[group] = True
            else:
                bound.pop(group, None)

    def _expect_opened(
        self,
        found: dict[str, Any],
        application: dict[str, Any],
        holds: Spec,
        both: tuple[Spec | None, Spec | None],
        *,
        is_set: bool,
    ) -> None:
        """What it opens: what somebody has set by hand meanwhile is not cleared."""
        others = [_opened(each) for each in both if each is not None and each != holds]
        for key, value in _opened(holds).items():
            config = application["config"]
            given = {other[key] for other in others} - {""}
            if value:
                self._set(application, {key: value} if is_set else {})
            elif given and (config[key]["value"] in given or not found["config"][key]["value"]):
                self._set(application, {key: ""})

    @staticmethod
    def _fields(spec: Spec) -> dict[str, Any]:
        fields: dict[str, Any] = {"displayLabel": spec.label, "active": True, "acsUrl": spec.acs}
        if spec.description is not None:
            fields["description"] = spec.description
        if spec.roles:
            fields["constantAttributes"] = [
                {"name": ROLE, "value": role, "readOnly": False, "required": False, "visible": True}
                for role in spec.roles
            ]
        return fields

    def _give_up(
        self, found: dict[str, Any], application: dict[str, Any], holds: Spec, both: tuple[Spec | None, Spec | None]
    ) -> None:
        """A description that somebody has changed by hand meanwhile stays; roles never do."""
        others = [each for each in both if each is not None and each != holds]
        if not holds.roles and any(each.roles for each in others):
            self._set(application, {"constantAttributes": []})
        if holds.description is None and any(each.description for each in others):
            given = {each.description for each in others}
            if application["description"] in given or found["description"] == "":
                application["description"] = ""

    def _cleared(self, application: dict[str, Any], bound: dict[str, bool], before: Spec) -> None:
        """Launch and access have left it, too."""
        for key, value in _opened(before).items():
            if application["config"][key]["value"] == value:
                self._set(application, {key: ""})
        for group in before.groups or ():
            bound.pop(group, None)
        self.unsure = {each for each in self.unsure if each[0] != application["id"]}

    @staticmethod
    def _set(application: dict[str, Any], fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            if name in application["config"]:
                application["config"][name]["value"] = value
            else:
                application[name] = value


def _opened(spec: Spec) -> dict[str, str]:
    return {"idpInitUrl": spec.login or "", "defaultTargetUrl": spec.relay_state or ""}
