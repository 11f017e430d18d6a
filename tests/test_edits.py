import json
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import as_findings, edits_of, odd_text

from cleaner.edits import Edit, Finding, OffsetMap, apply, compose, difference, revert


def finding(start: int, end: int, original: str, suggestion: str | None = None) -> Finding:
    return Finding("a/b/c", "replace" if suggestion else "drop", start, end, "boilerplate", "", original, suggestion)


@given(st.data())
def test_revert_gives_back_any_text(data: st.DataObject) -> None:
    text = data.draw(odd_text())
    edits = data.draw(edits_of(text))
    assert revert(apply(text, edits), as_findings(text, edits)) == text


@given(st.data())
def test_revert_works_after_a_round_trip_through_json(data: st.DataObject) -> None:
    text = data.draw(odd_text(low_surrogates=False))
    edits = data.draw(edits_of(text))
    sent = json.dumps({"text": apply(text, edits), "findings": msgspec.to_builtins(as_findings(text, edits))})
    received = json.loads(sent)
    assert revert(received["text"], msgspec.convert(received["findings"], list[Finding])) == text


@given(st.data())
def test_revert_works_after_a_round_trip_through_msgspec(data: st.DataObject) -> None:
    text = data.draw(st.text())
    edits = [edit for edit in data.draw(edits_of(text)) if edit.replacement.isascii()]
    sent = msgspec.json.encode((apply(text, edits), as_findings(text, edits)))
    cleaned, findings = msgspec.json.decode(sent, type=tuple[str, list[Finding]])
    assert revert(cleaned, findings) == text


@given(st.data())
def test_revert_does_not_mind_the_order_of_findings_or_flags_among_them(data: st.DataObject) -> None:
    text = data.draw(odd_text())
    edits = [edit for edit in data.draw(edits_of(text)) if edit.start < edit.end]
    flags = [msgspec.structs.replace(one, action="flag") for one in as_findings(text, data.draw(edits_of(text)))]
    shuffled = data.draw(st.permutations(as_findings(text, edits) + flags))
    assert revert(apply(text, edits), shuffled) == text


@pytest.mark.parametrize("text", ["\ufeffa\r\nb\u2028c\0d\ud800e", "\r\n" * 3, "\udc00\ud800", "", "\0"])
def test_dropping_everything_reverts(text: str) -> None:
    assert revert("", as_findings(text, [Edit(0, len(text), "", "a/b/c")])) == text


@given(st.data())
def test_offset_map_is_monotone_and_in_range(data: st.DataObject) -> None:
    text = data.draw(odd_text())
    edits = data.draw(edits_of(text))
    offsets = OffsetMap(edits)
    places = range(len(apply(text, edits)) + 1)
    starts, ends = [offsets.start(place) for place in places], [offsets.end(place) for place in places]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start <= end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(st.data())
def test_offset_map_leads_each_untouched_character_to_itself(data: st.DataObject) -> None:
    text = data.draw(st.text("abcdefgh", max_size=20))
    edits = data.draw(edits_of(text))
    offsets = OffsetMap(edits)
    shift = 0
    untouched = {}
    position = 0
    for edit in [*edits, Edit(len(text), len(text), "", "")]:
        untouched.update({place + shift: place for place in range(position, edit.start)})
        shift += len(edit.replacement) - (edit.end - edit.start)
        position = edit.end
    for place, original in untouched.items():
        assert offsets.end(place + 1) == original + 1
        assert offsets.start(place) <= original
        assert offsets.start(place) == original or (place - 1, original - 1) not in untouched.items()


@given(st.data())
def test_a_mapped_span_covers_what_the_edited_span_was_made_from(data: st.DataObject) -> None:
    text = data.draw(odd_text())
    edits = data.draw(edits_of(text))
    edited = apply(text, edits)
    low, high = sorted((data.draw(st.integers(0, len(edited))), data.draw(st.integers(0, len(edited)))))
    start, end = OffsetMap(edits).start(low), OffsetMap(edits).end(high)
    inside = [Edit(e.start - start, e.end - start, e.replacement, e.rule) for e in edits if start <= e.start and e.end <= end]
    assert edited[low:high] in apply(text[start:end], inside)


def test_offset_map_without_edits_changes_nothing() -> None:
    assert [OffsetMap([]).start(place) for place in range(3)] == [OffsetMap([]).end(place) for place in range(3)] == [0, 1, 2]


def test_offsets_inside_a_replacement_become_its_ends() -> None:
    offsets = OffsetMap([Edit(2, 4, "xyz", "a/b/c")])
    assert [offsets.start(place) for place in range(7)] == [0, 1, 2, 2, 2, 4, 5]
    assert [offsets.end(place) for place in range(7)] == [0, 1, 2, 4, 4, 4, 5]


@given(st.data())
def test_a_widened_span_is_what_the_edits_make_of_the_span_it_is_mapped_to(data: st.DataObject) -> None:
    text = data.draw(st.text("abcdefgh", max_size=20))
    edits = [edit for edit in data.draw(edits_of(text)) if edit.replacement and edit.start < edit.end]
    edited = apply(text, edits)
    low, high = sorted((data.draw(st.integers(0, len(edited))), data.draw(st.integers(0, len(edited)))))
    offsets = OffsetMap(edits)
    start, end = offsets.start(low), offsets.end(high)
    wide_low, wide_high = offsets.widened(low, high)
    inside = [Edit(e.start - start, e.end - start, e.replacement, e.rule) for e in edits if start <= e.start and e.end <= end]
    assert wide_low <= low <= high <= wide_high
    assert apply(text[start:end], inside) == edited[wide_low:wide_high]


@given(st.data())
def test_composed_edits_do_what_both_lists_do_one_after_the_other(data: st.DataObject) -> None:
    text = data.draw(odd_text())
    first = data.draw(edits_of(text))
    middle = apply(text, first)
    second = data.draw(edits_of(middle))
    composed = compose(text, first, second)
    assert apply(text, composed) == apply(middle, second)
    assert revert(apply(middle, second), as_findings(text, composed)) == text


@given(st.data())
def test_composition_of_three_lists_is_associative_in_effect(data: st.DataObject) -> None:
    texts = [data.draw(st.text("ab \n", max_size=12))]
    lists = []
    for _ in range(3):
        lists.append(data.draw(edits_of(texts[-1], most=3)))
        texts.append(apply(texts[-1], lists[-1]))
    left = compose(texts[0], compose(texts[0], lists[0], lists[1]), lists[2])
    right = compose(texts[0], lists[0], compose(texts[1], lists[1], lists[2]))
    assert apply(texts[0], left) == apply(texts[0], right) == texts[3]


def test_composition_keeps_the_exact_span_of_edits_that_do_not_touch() -> None:
    first = [Edit(0, 1, "", "first"), Edit(8, 9, "xyz", "first")]
    second = [Edit(3, 5, "Q", "second")]
    assert compose("0123456789", first, second) == [first[0], Edit(4, 6, "Q", "second"), first[1]]


def test_composition_joins_edits_that_touch_under_the_rule_of_the_first() -> None:
    assert compose("abcdef", [Edit(1, 3, "XY", "first")], [Edit(2, 4, "", "second")]) == [Edit(1, 4, "X", "first")]


def test_composition_forgets_what_is_undone() -> None:
    assert compose("abc", [Edit(1, 2, "X", "first")], [Edit(1, 2, "b", "second")]) == []


@given(st.data())
def test_difference_turns_before_into_after(data: st.DataObject) -> None:
    before, after = data.draw(odd_text()), data.draw(odd_text())
    offset = data.draw(st.integers(0, 5))
    edits = difference(before, after, "a/b/c", offset)
    assert apply("." * offset + before, edits) == "." * offset + after
    assert (edits == []) == (before == after)


@given(st.data())
def test_difference_of_an_edited_text_touches_no_word_that_stayed(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(["one", "two", "three", "four"]), min_size=1, max_size=12))
    place = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:place], "CHANGED", *words[place + 1 :]]
    start = len(" ".join([*words[:place], ""]))
    assert difference(" ".join(words), " ".join(changed), "a/b/c") == [
        Edit(start, start + len(words[place]), "CHANGED", "a/b/c")
    ]


def test_difference_is_as_small_as_characters_allow_inside_a_word() -> None:
    assert difference("the cafÃ© is", "the café is", "r") == [Edit(7, 9, "é", "r")]


def test_difference_of_long_unlike_texts_stays_quick() -> None:
    before, after = " ".join(map(str, range(20_000))), " ".join(map(str, range(20_001, 0, -1)))
    started = time.monotonic()
    assert apply(before, difference(before, after, "r")) == after
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 2, "", "r"), Edit(1, 3, "", "r")],
        [Edit(2, 3, "", "r"), Edit(0, 1, "", "r")],
        [Edit(1, 0, "", "r")],
        [Edit(-1, 1, "", "r")],
        [Edit(2, 5, "", "r")],
    ],
    ids=["overlapping", "out of order", "backwards", "before the text", "behind the text"],
)
def test_apply_refuses_edits_that_do_not_fit(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edit by r"):
        apply("abcd", edits)


@pytest.mark.parametrize(
    "findings",
    [
        [finding(0, 3, "xyz", "other")],
        [finding(9, 12, "xyz")],
        [finding(4, 9, "xyzxy", "c")],
        [finding(0, 2, "xy"), finding(1, 3, "yz")],
        [finding(0, 2, "xyz")],
    ],
    ids=[
        "another replacement",
        "a drop behind the text",
        "a replacement behind the text",
        "overlapping",
        "a span of another length",
    ],
)
def test_revert_refuses_findings_of_another_text(findings: list[Finding]) -> None:
    with pytest.raises(ValueError, match="does not belong to this text"):
        revert("abc", findings)
