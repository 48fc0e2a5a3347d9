"""The built-in templates are complete, in both languages, for every purpose and kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas.policy import PLACEHOLDERS, PolicyBundle
from schemas.policy_templates import PURPOSES, default_templates

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"

KINDS = ("complaint", "suggestion", "enquiry", "compliment")


@pytest.fixture(scope="module")
def bundle() -> PolicyBundle:
    """The sample policy of FIO, which has templates of its own."""
    return PolicyBundle.model_validate(yaml.safe_load((POLICIES / "fio.yaml").read_text("utf-8")))


def test_every_purpose_has_a_template_in_thai_and_english() -> None:
    assert {template.purpose for template in default_templates()} == set(PURPOSES)
    for template in default_templates():
        assert template.subject.en
        assert template.body.en
        assert template.placeholders <= PLACEHOLDERS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_policy_without_templates_says_everything(bundle: PolicyBundle, purpose: str, kind: str) -> None:
    bare = bundle.model_copy(update={"templates": ()})
    found = bare.template(purpose, kind)
    assert found is not None or (purpose == "review_decision" and kind != "complaint")
    if found is not None and kind != "complaint":
        assert "recourse" not in found.placeholders


def test_a_template_of_the_policy_comes_before_the_built_in_one(bundle: PolicyBundle) -> None:
    own = next(template for template in bundle.templates if template.purpose == "acknowledgement")
    assert bundle.template("acknowledgement", own.kind or "complaint") in bundle.templates
