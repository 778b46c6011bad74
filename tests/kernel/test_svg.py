"""What is left of an SVG draws and does nothing else, however it was written."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.rich.refusing import NotShownError
from iot_kernel.rich.svg import MAX_DEPTH, MAX_ELEMENTS, clean_svg
from iot_kernel.rich.svg_names import ATTRIBUTES, ELEMENTS
from kernel.attacks import SVG_ATTACKS, SVG_ATTRIBUTES, XLINK

SVG = "{http://www.w3.org/2000/svg}"


def cleaned(inside: str, attributes: str = "") -> str:
    """Return what is left inside of a picture, without the prefix of names."""
    text = clean_svg(f"<svg {attributes}>{inside}</svg>")
    match = re.fullmatch(r'<svg xmlns="http://www.w3.org/2000/svg">(.*)</svg>', text, re.DOTALL)
    assert match
    return re.sub(r"i[0-9a-f]{10}-", "", match[1])


def test_a_picture_of_allowed_things_stays_as_it_is() -> None:
    inside = (
        '<title>Two &amp; more</title><defs><linearGradient id="g"><stop offset="0.5"></stop>'
        '</linearGradient></defs><g transform="translate(1, 2) rotate(-3.5e0)">'
        '<path d="M0,0 L10-5z" fill="url(#g)" style="stroke:rgb(1,2,3);stroke-width:2px"></path>'
        '<text x="1" font-family="\'DejaVu Sans\', serif">a &lt; b<tspan>°C</tspan></text></g>'
    )
    assert cleaned(inside) == inside
    assert 'viewBox="0 0 9 9" width="9mm"' in clean_svg('<svg viewBox="0 0 9 9" width="9mm"/>')


@pytest.mark.parametrize("inside", SVG_ATTACKS)
def test_what_is_not_allowed_goes_with_all_that_is_in_it(inside: str) -> None:
    kept = cleaned(inside)
    assert kept in ("", "<g></g>")


@pytest.mark.parametrize("attribute", SVG_ATTRIBUTES)
def test_an_attribute_that_is_not_allowed_goes(attribute: str) -> None:
    assert cleaned(f"<rect {attribute}/>") == "<rect></rect>"


@pytest.mark.parametrize(
    "style",
    [
        "background:url(https://evil.example)",
        "fill:url(https://evil.example)",
        "fill:expression(alert(1))",
        "-moz-binding:url(x)",
        "behavior:url(x)",
        "@import 'https://evil.example'",
        "fill:red/*;*/",
        "fi\\6cl:red",
        "position:fixed",
        "pointer-events:all",
    ],
)
def test_a_style_keeps_only_allowed_properties(style: str) -> None:
    assert cleaned(f'<rect style="{style};stroke:red"/>') == '<rect style="stroke:red"></rect>'


@pytest.mark.parametrize(
    "href", ["https://e.example#a", "//e.example", "data:,x", "javascript:x", "a.svg#a", "#", ""]
)
def test_references_lead_to_names_of_the_same_picture_only(href: str) -> None:
    assert cleaned(f'<use href="{href}"/>') == "<use></use>"
    assert cleaned(f'<use {XLINK} xlink:href="{href}"/>') == "<use></use>"


def test_names_are_of_this_picture_alone_on_a_page_of_many() -> None:
    inside = '<clipPath id="c"><rect/></clipPath><g id="a" clip-path="url(#c)"/><use href="#a"/>'
    one, two = clean_svg(f"<svg>{inside}</svg>"), clean_svg(f"<svg>{inside}<g/></svg>")
    [prefix, other] = [re.findall(r'id="(.*?)c"', text)[0] for text in (one, two)]
    assert prefix != other
    assert one.count(prefix) == 4
    assert f'clip-path="url(#{prefix}c)"' in one
    assert f'<use href="#{prefix}a">' in one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PNG",
        "<svg>",
        "<svg></svg><svg></svg>",
        "<html><svg/></html>",
        "<svg>&nbsp;</svg>",
        "<svg a='1' a='2'/>",
        '<svg xmlns="http://www.w3.org/1999/xhtml"/>',
        "<x:svg/>",
    ],
)
def test_what_is_no_svg_is_refused(text: str) -> None:
    with pytest.raises(NotShownError, match="no SVG"):
        clean_svg(text)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE svg><svg/>",
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg><text>&b;</text></svg>',
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>',
        '<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd"><svg/>',
    ],
)
def test_entities_have_no_place_to_be_declared(text: str) -> None:
    with pytest.raises(NotShownError, match="DOCTYPE"):
        clean_svg(text)


@pytest.mark.parametrize(
    "inside",
    [
        "<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH,
        "<rect/>" * MAX_ELEMENTS,
        "<b>" * MAX_ELEMENTS + "</b>" * MAX_ELEMENTS,
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<clipPath id="a"><rect clip-path="url(#a)"/></clipPath>',
        '<clipPath id="a"><rect style="clip-path:url(#a)"/></clipPath>',
        '<g id="a0"><rect/></g>'
        + "".join(f'<g id="a{n + 1}">' + f'<use href="#a{n}"/>' * 10 + "</g>" for n in range(9)),
        '<clipPath id="a0"><rect/></clipPath>'
        + "".join(
            f'<clipPath id="a{n + 1}">' + f'<rect clip-path="url(#a{n})"/>' * 10 + "</clipPath>"
            for n in range(9)
        ),
        "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(1000)),
    ],
    ids=["deep", "many", "skipped", "cycle", "cycles", "clip", "style", "bomb", "clips", "chain"],
)
def test_what_asks_too_much_of_a_browser_is_refused(inside: str) -> None:
    with pytest.raises(NotShownError, match=r"many|deep|itself"):
        clean_svg(f"<svg>{inside}</svg>")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["a", " ", "(", "url(", "rgb(", "#", "'", ";", ":", "a:b;", "\n"])
def test_long_values_take_no_long_time(part: str) -> None:
    value = part * (1_000_000 // len(part))
    clean_svg(f'<svg><path d="{value}" style="{value}" fill="{value}" id="{value}"/></svg>')


names = st.sampled_from(
    [*sorted(ELEMENTS), "script", "style", "foreignObject", "a", "image", "set", "x:y", "SVG"]
)
attribute_names = st.sampled_from(
    [*sorted(ATTRIBUTES), "id", "href", "xlink:href", "style", "onload", "class", "xml:base"]
)
values = st.text(st.sampled_from("ab#()url:;,'\\/ &<>\"@1.-%*\n\u202e")) | st.sampled_from(
    ["url(#a)", "#a", "javascript:x", "fill:url(//e)", "rgb(1,2,3)", "expression(x)", "a"]
)


def element(name: str, attributes: dict[str, str], children: list[str]) -> str:
    shown = "".join(f" {key}={ET_quote(value)}" for key, value in attributes.items())
    return f"<{name}{shown}>{''.join(children)}</{name}>"


def ET_quote(value: str) -> str:  # noqa: N802  (named after whose work it does)
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return f'"{escaped}"'


trees = st.recursive(
    values.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda children: st.builds(
        element,
        names,
        st.dictionaries(attribute_names, values, max_size=4),
        st.lists(children, max_size=4),
    ),
    max_leaves=20,
)


@given(st.lists(trees, max_size=5))
def test_whatever_comes_out_consists_of_allowed_names_and_values(parts: list[str]) -> None:
    inside = "".join(parts)
    text = f'<svg xmlns:x="urn:x" {XLINK}>{inside}</svg>'
    try:
        shown = clean_svg(text)
    except NotShownError:
        return
    for found in ET.fromstring(shown).iter():  # noqa: S314  (our own writing)
        assert found.tag.removeprefix(SVG) in ELEMENTS
        assert set(found.attrib) <= ATTRIBUTES | {"id", "href", "style"}
        for name, value in found.attrib.items():
            if name == "href":
                assert re.fullmatch(r"#i[0-9a-f]{10}-[\w.-]+", value)
            else:
                assert not set(value) & set("\\@<>&*/")
                assert all(f"url(#{m}" in value for m in re.findall(r"url\(#?(.*)", value))
                assert not re.search(r"javascript|expression|://", value)


@given(st.lists(trees, max_size=5))
def test_what_was_cleaned_is_clean(parts: list[str]) -> None:
    try:
        once = clean_svg(f'<svg xmlns:x="urn:x" {XLINK}>{"".join(parts)}</svg>')
    except NotShownError:
        return
    bare = re.compile(r"(?:i[0-9a-f]{10}-)+")
    assert bare.sub("", clean_svg(once)) == bare.sub("", once)
