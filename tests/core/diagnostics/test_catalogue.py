import pytest

from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.diagnostics.catalogue import Entry, entries, explain, explanation, reference

ENTRIES = [pytest.param(entry, id=code) for code, entry in entries().items()]


def test_a_code_is_explained():
    entry = explain("duplicate-key")

    assert entry is not None
    assert (entry.code, entry.severity, entry.title) == ("duplicate-key", Severity.ERROR, "The same key twice")


def test_what_is_no_code_has_no_explanation():
    assert explain("no-such-code") is None


def test_entries_are_in_the_order_of_their_codes():
    assert list(entries()) == sorted(entries())


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_says_why_and_what_to_do_in_sentences(entry):
    assert entry.title[0].isupper()
    assert not entry.title.endswith(".")
    assert len(entry.title) <= 60
    assert entry.explanation.endswith(".")
    assert entry.fix.endswith(".")
    assert not {"\n", "\t"} & set(entry.title + entry.explanation + entry.fix)


def test_an_explanation_for_the_terminal_has_everything():
    entry = Entry("some-code", Severity.WARNING, "A title", "Why it is one.", "Mend it.")

    assert explanation(entry) == "some-code (warning)\nA title\n\nWhy it is one.\n\nWhat to do: Mend it.\n"


def test_the_reference_has_each_code_once_with_all_its_texts():
    page = reference()

    for code, entry in entries().items():
        section = page.partition(f"\n## {code}\n")[2].partition("\n## ")[0]
        assert section == (
            f"\n*{entry.severity}* · {entry.title}\n\n{entry.explanation}\n\n**What to do.** {entry.fix}\n"
        ), code
    assert page.count("\n## ") == len(entries())
