"""Thai first, English complete: every text for people is in the catalogue, and pages speak their own language."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from services.kit import filters, i18n


@pytest.fixture
def env() -> jinja2.Environment:
    """An environment as `kit.web` makes it, with one page and one file of macros."""
    loader = jinja2.DictLoader(
        {
            "macros.html": '{% macro due() %}{{ _("Today") }} {{ 3600|working_time }}{% endmacro %}',
            "page.html": '{% from "macros.html" import due %}{{ due() }} | {{ _("Today") }}',
        }
    )
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    filters.install(made)
    return made


def test_every_text_for_people_has_its_thai() -> None:
    missing = i18n.missing_translations()
    assert not missing, "add these to the service's locale/th.po:\n" + "\n".join(missing)


def test_no_english_text_has_two_thai_ones() -> None:
    assert i18n.conflicting_translations() == []


def test_the_thai_of_a_text_uses_only_parameters_that_the_english_has() -> None:
    assert i18n.mismatched_parameters() == []


def test_a_text_without_thai_is_shown_in_english() -> None:
    assert i18n.translate("th", "No such text %(n)s", n=3) == "No such text 3"


def test_parameters_are_filled_into_either_language() -> None:
    assert i18n.translate("th", "Select %(number)s", number="04611-R") == "เลือก 04611-R"
    assert i18n.translate("en", "Select %(number)s", number="04611-R") == "Select 04611-R"


def test_a_literal_per_cent_sign_is_doubled_with_and_without_parameters() -> None:
    assert i18n.translate("en", "100%% sure") == "100% sure"
    assert i18n.translate("en", "%(n)s%% sure", n=80) == "80% sure"


def test_english_counts_one_and_many() -> None:
    forms = ("%(num)s minute", "%(num)s minutes")
    assert i18n.translate_plural("en", *forms, 1) == "1 minute"
    assert i18n.translate_plural("en", *forms, 2) == "2 minutes"
    assert i18n.translate_plural("th", *forms, 2) == "2 นาที"


def test_a_macro_imported_without_context_speaks_the_language_of_its_page(env: jinja2.Environment) -> None:
    page = env.get_template("page.html")
    assert page.render(lang="th") == "วันนี้ 1\u00a0ชม. | วันนี้"
    assert page.render(lang="en") == "Today 1\u00a0h | Today"


def test_a_trans_block_is_translated(env: jinja2.Environment) -> None:
    block = env.from_string("{% trans %}Today{% endtrans %}")
    assert (block.render(lang="th"), block.render(lang="en")) == ("วันนี้", "Today")


def test_a_parameter_is_escaped_and_so_is_a_text_from_outside_the_catalogue(env: jinja2.Environment) -> None:
    known = env.from_string('{{ _("Select %(number)s", number=value) }}')
    assert known.render(lang="en", value="<b>") == "Select &lt;b&gt;"
    foreign = env.from_string("{{ _(value) }}")
    assert foreign.render(lang="th", value="<script>100%</script>") == "&lt;script&gt;100%&lt;/script&gt;"


def test_texts_are_found_in_errors_of_any_descent_and_in_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "parcels"
    (service / "templates" / "parcels").mkdir(parents=True)
    (service / "errors.py").write_text(
        "class Lost(NotFound): ...\nclass NotFound(RedressError): ...\n"
        'raise Lost("The parcel is lost.", remedy="Ask again.")\nLabel = N_("Parcel")\nprint("not for people")\n'
        'FieldProblem("weight", "Too heavy.")\nsay = translate(lang, "Sent" if sent else "Waiting")\n'
    )
    (service / "templates" / "parcels" / "list.html").write_text('{{ _("Parcels") }}{% trans %}None yet{% endtrans %}')
    monkeypatch.setattr(i18n, "SERVICES", tmp_path)
    found = set(i18n.message_ids())
    assert found == {
        "The parcel is lost.", "Ask again.", "Parcel", "Too heavy.", "Sent", "Waiting", "Parcels", "None yet",
    }  # fmt: skip
