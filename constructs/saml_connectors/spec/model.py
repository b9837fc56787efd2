"""What every part of a spec is made of: frozen, typed, and refusing what it does not know.

Not here: what the parts hold, and how files become specs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Strict, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from saml_connectors.problems import SpecError
from saml_connectors.spec.findings import problems_of
from saml_connectors.spec.plain import find_tokens

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    from saml_connectors.problems import Problem
else:
    ModelMetaclass = type(BaseModel)

RULES_LATER = "rules_later"
"""Key of the validation context that leaves `SpecModel.rules` to the caller."""

Flag = Annotated[bool, Strict()]
"""True or false, and nothing that only looks like it."""

Count = Annotated[int, Strict()]
"""A whole number; its unit is in the field's name."""


class _SpecMetaclass(ModelMetaclass):
    """Lets a spec that is built in Python fail as one that is read from a file does: with a `SpecError`."""

    if not TYPE_CHECKING:

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - a metaclass's self is a class
            tokens = find_tokens(kwargs)
            if tokens:
                raise SpecError([problem for _, problem in tokens], cls.__name__)
            try:
                return super().__call__(*args, **kwargs)
            except ValidationError as error:
                raise SpecError(problems_of(error, kwargs, cls), cls.__name__) from None


class SpecModel(BaseModel, metaclass=_SpecMetaclass):
    """A frozen part of a spec.

    Raises:
        SpecError: when built with values that are refused; the error lists all of them.
    """

    # Fields are described by the text below them; `docstrings` reads it when somebody asks, because it takes long.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        validate_default=False,
        populate_by_name=True,
        serialize_by_alias=True,
    )

    rests_on: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Codes of `rules`, each with the other fields that it compares with: where one of them is wrong by itself, the
    rule can tell nothing yet."""

    def rules(self) -> Iterable[Problem]:
        """What is wrong between the fields of this part, each of which is right by itself.  Default: nothing."""
        return ()

    @model_validator(mode="after")
    def _hold_rules(self, info: ValidationInfo) -> Self:
        # Reading a file, the rules of all parts are judged afterwards, so that one part's mistakes hide no other's.
        if not (info.context or {}).get(RULES_LATER):
            found = list(self.rules())
            if found:
                raise refuse_all(found)
        return self


def refuse(code: str, rule: str, *, fix: str | None = None, given: str | None = None) -> PydanticCustomError:
    """The error that a validator raises; the value itself is added from where it stands unless *given* replaces it.

    An empty *given* says nothing of the value: for what may be a secret.
    """
    context: dict[str, Any] = {"rule": rule}
    if fix is not None:
        context["fix"] = fix
    if given is not None:
        context["given"] = given
    return PydanticCustomError("spec-rule", "{rule}", context | {"code": code})


def refuse_all(problems: list[Problem]) -> PydanticCustomError:
    """The error that a validator raises for several problems at once, each with its field below the validated part."""
    return PydanticCustomError("spec-rules", "{count} problems", {"problems": problems, "count": len(problems)})
