import pytest

from tests.core.documents.factories import at, data_of, read, root_of, the_finding


def test_lists_and_mappings_have_their_positions():
    root = root_of("a:\n  - b: [c, {d: e}]\n  - []\n")

    outer = root.entries["a"]
    inner = outer.items[0].entries["b"]
    assert [outer.position, outer.items[0].position, inner.position] == [at(2, 3), at(2, 5), at(2, 8)]
    assert [one.position for one in inner.items] == [at(2, 9), at(2, 12)]
    assert data_of(root) == {"a": [{"b": ["c", {"d": "e"}]}, []]}


def test_columns_are_characters_and_not_bytes():
    assert root_of("ключ: [😀, b]\n").entries["ключ"].items[1].position == at(1, 11)


def test_a_byte_order_mark_moves_nothing():
    assert root_of("\ufeffa: 1\n").entries["a"].position == at(1, 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_line_counts(end):
    assert root_of(f"a: 1{end}b: 2{end}").entries["b"].position == at(2, 4)


def test_an_alias_stands_for_the_value_of_its_anchor_where_that_is_written():
    root = root_of("a: &x {k: 1}\nb: *x\nc: &y text\nd: *y\n")

    assert root.entries["b"] is root.entries["a"]
    assert root.entries["d"].position == at(3, 4)


def test_an_anchor_can_be_given_again():
    assert data_of(root_of("a: &x 1\nb: &x 2\nc: *x\n")) == {"a": 1, "b": 2, "c": 2}


def test_an_anchored_text_and_an_alias_can_be_keys():
    root = root_of("&x a: b\nc:\n  *x : d\n")

    assert data_of(root) == {"a": "b", "c": {"a": "d"}}
    assert root.entries["c"].key_positions == {"a": at(3, 3)}


def test_the_key_of_an_entry_without_value_stands_for_nothing():
    assert data_of(root_of("a:\nb: {c, ? d}\n")) == {"a": None, "b": {"c": None, "d": None}}


# --- merge keys ------------------------------------------------------------------------------------------------------


def test_merged_entries_stand_behind_the_own_ones_and_replace_none():
    root = root_of("base: &base {a: 1, b: 2}\nmade:\n  <<: *base\n  b: own\n  c: 3\n")

    made = root.entries["made"]
    assert list(data_of(made).items()) == [("b", "own"), ("c", 3), ("a", 1)]
    assert made.key_positions == {"b": at(4, 3), "c": at(5, 3), "a": at(1, 14)}


def test_of_several_merged_mappings_the_first_one_counts():
    root = root_of("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y, {c: 3}]}\n")

    assert data_of(root.entries["z"]) == {"a": 1, "b": 2, "c": 3}


def test_what_is_merged_may_have_been_merged_itself():
    root = root_of("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}\n")

    assert data_of(root.entries["z"]) == {"b": 2, "a": 1}


def test_a_quoted_merge_key_is_a_key_like_any_other():
    assert data_of(root_of("'<<': {a: 1}\n<<: {b: 2}\n")) == {"<<": {"a": 1}, "b": 2}


@pytest.mark.parametrize(("value", "column"), [("1", 5), ("[{a: 1}, 2]", 5), ("[[{a: 1}]]", 5)])
def test_only_mappings_can_be_merged(value, column):
    document, found = read(f"<<: {value}\nb: 2\n")

    assert [(one.code, one.position) for one in found] == [("merge-not-mapping", at(1, column))]
    assert data_of(document.root)["b"] == 2


def test_a_second_merge_key_is_a_duplicate_because_readers_disagree_which_counts():
    document, found = read("<<: {a: 1}\n<<: {a: 2, b: 2}\n<<: {}\n")

    assert [(one.code, one.position) for one in found] == [("duplicate-key", at(2, 1)), ("duplicate-key", at(3, 1))]
    assert found[1].message == "The key '<<' stands here again; first on line 1, column 1."
    assert "[*one, *other]" in found[0].hint
    assert data_of(document.root) == {"a": 1}


# --- what is refused, and leaves the document readable ----------------------------------------------------------------


def test_every_duplicate_key_is_told_with_the_place_of_the_first():
    document, found = read("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n'a': 3\n")

    assert [(one.code, one.position) for one in found] == [
        ("duplicate-key", at(line, col)) for line, col in ((4, 3), (5, 1), (6, 1))
    ]
    assert found[2].message == "The key 'a' stands here again; first on line 1, column 1."
    assert data_of(document.root) == {"a": 1, "b": {"c": 1}}


def test_the_same_text_as_number_and_as_text_is_one_key():
    assert the_finding("1: a\n'1': b\n").code == "duplicate-key"


@pytest.mark.parametrize("key", ["? [a]", "? {a: b}", "[a]", "{a: b}"])
def test_a_list_or_mapping_as_a_key_is_refused(key):
    document, found = read(f"{key}\n: x\nb: 2\n" if key.startswith("?") else f"{key}: x\nb: 2\n")

    assert [(one.code, one.position.line) for one in found] == [("key-not-text", 1)]
    assert data_of(document.root) == {"b": 2}


def test_an_alias_of_a_list_as_a_key_is_refused_where_it_is_used():
    assert the_finding("a: &x [1]\nb:\n  *x : 2\n").position == at(3, 3)


def test_an_expression_that_was_not_quoted_is_told_to_be():
    finding = the_finding("project: {{ vars.name }}\n")

    assert (finding.code, finding.position) == ("key-not-text", at(1, 10))
    assert '"{{ … }}"' in finding.hint
    assert the_finding("? [a]\n: b\n").hint is None


@pytest.mark.parametrize(
    ("tagged", "shown"),
    [
        ("!Ref x", "!Ref"),
        ("!Sub {a: b}", "!Sub"),
        ("!GetAtt [a, b]", "!GetAtt"),
        ("!!python/object:os.system {}", "!!python/object:os.system"),
        ("!!int 3", "!!int"),
        ("!!binary aGk=", "!!binary"),
        ("!<tag:example.com,2000:x> y", "tag:example.com,2000:x"),
    ],
)
def test_a_tag_is_refused_and_never_acted_upon(tagged, shown):
    finding = the_finding(f"a: {tagged}\nb: 2\n")

    assert (finding.code, finding.position) == ("tag-not-supported", at(1, 4))
    assert f"'{shown}'" in finding.message


def test_the_tag_of_a_key_is_refused_too():
    assert the_finding("!x a: 1\n").code == "tag-not-supported"


@pytest.mark.parametrize("tagged", ["!!map {a: b}", "!!seq [a]", "!!str a", "! a"])
def test_a_tag_that_says_what_is_there_anyway_does_no_harm(tagged):
    assert read(f"a: {tagged}\n")[1] == []


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN", ".inf", "-.Inf", "+.INF"])
def test_what_is_no_number_is_refused_as_one(text):
    document, found = read(f"a: {text}\nb: [{text}]\n")

    assert [(one.code, one.position) for one in found] == [("not-a-number", at(1, 4)), ("not-a-number", at(2, 5))]
    assert document.root.entries["a"].text == text


def test_what_is_no_number_is_refused_as_the_whole_document_too():
    assert the_finding(".nan").code == "not-a-number"


def test_all_findings_are_told_at_once():
    _, found = read("a: !x 1\na: .inf\n? [b]\n: 2\n<<: 3\n")

    assert [one.code for one in found] == [
        "tag-not-supported",
        "duplicate-key",
        "not-a-number",
        "key-not-text",
        "merge-not-mapping",
    ]
