"""The charts of the documentation can be read in both colour schemes, and without seeing them."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from benchmarks.drawing import Bar, Group, Mark, bar_chart
from benchmarks.results import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHARTS = sorted((ROOT / "docs" / "img").glob("chart-*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
PAGES = {"light": "#ffffff", "dark": "#1e2129"}  # the backgrounds of the theme
VISIBLE, READABLE = 3.0, 4.5  # the contrasts that WCAG asks for
PER_CHARACTER = 6.6 / 12  # of the size of a font

every_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.stem)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


@every_chart
def test_bars_and_lines_stand_out_in_both_schemes(chart: Path) -> None:
    text = chart.read_text(encoding="utf-8")
    colours = re.findall(r"(?:fill|stroke):([^;}]+)", text)
    for colour in set(colours) - {"none", "currentColor"}:
        assert min(contrast(colour, page) for page in PAGES.values()) >= VISIBLE, colour
    assert len(set(colours)) > 2
    assert "opacity" not in text  # it would take some of the contrast


@every_chart
def test_texts_have_the_colour_of_the_page(chart: Path) -> None:
    text = chart.read_text(encoding="utf-8")
    assert ".plot text{fill:currentColor;" in text
    for element in ET.fromstring(text).iter():
        assert not {"fill", "stroke", "style", "color"} & set(element.attrib)
    alone = re.findall(r":root\{color:([^}]+)\}", text)  # as a file, without a page
    for colour, page in zip(alone, PAGES.values(), strict=True):
        assert contrast(colour, page) >= READABLE


@every_chart
def test_the_text_alternative_is_the_question(chart: Path) -> None:
    picture = ET.parse(chart).getroot()
    asked = [text.text or "" for text in picture.iter(f"{SVG}text") if _is(text, "question")]
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-label"].startswith(" ".join(asked) + " ")
    assert asked[-1].endswith("?")


@every_chart
def test_a_chart_is_a_part_of_a_page(chart: Path) -> None:
    text = chart.read_text(encoding="utf-8")
    assert "\n\n" not in text  # Markdown would end the block there
    assert not re.search(r'\bid="', text)  # two charts would share it
    included = f'<div class="drawing chart">\n--8<-- "docs/img/{chart.name}"\n</div>\n'
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    assert sum(page.count(included) for page in pages) == 1


@every_chart
def test_a_chart_does_not_name_the_machine(chart: Path) -> None:
    text = chart.read_text(encoding="utf-8")
    for name in (socket.gethostname(), "EPYC", "AMD", "Intel", "Linux", "/home", "/root"):
        assert name not in text


@every_chart
def test_no_text_leaves_the_chart(chart: Path) -> None:
    assert_it_fits(chart.read_text(encoding="utf-8"))


def test_labels_pass_the_line_of_the_mark() -> None:
    bars = [Bar("short", 1, "1 s"), Bar("equal", 5, "5 s"), Bar("long", 8, "8 s", "others")]
    chart = bar_chart("How long?", "In seconds.", [Group("", bars)], Mark(5, "five"))
    picture = assert_it_fits(chart)
    [line] = (path for path in picture.iter(f"{SVG}path") if _is(path, "mark"))
    at = float(line.attrib["d"].split()[0].removeprefix("M"))
    labels = [float(text.attrib["x"]) for text in picture.iter(f"{SVG}text") if _label(text)]
    assert at < labels[0] == labels[1] < labels[2]


def test_the_rest_of_a_bar_is_an_outline() -> None:
    bars = [Bar("a", 1, "1 + 3"), Bar("b", 4, "4 + 0")]
    bars[0] = bars[0]._replace(rest=3)
    picture = ET.fromstring(bar_chart("How much?", "", [Group("All", bars)]))
    first, rest, second = picture.iter(f"{SVG}rect")
    assert [first.attrib["class"], rest.attrib["class"]] == ["ours", "ours rest"]
    assert rest.attrib["width"] == second.attrib["width"]
    assert float(first.attrib["width"]) == pytest.approx(float(rest.attrib["width"]) / 4, abs=0.1)


def assert_it_fits(chart: str) -> ET.Element:
    picture = ET.fromstring(chart)
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    for text in picture.iter(f"{SVG}text"):
        size = 13 if _is(text, "question") else 11 if _is(text, "note") else 12
        length = PER_CHARACTER * size * len(text.text or "")
        x = float(text.attrib["x"])
        left = x - {"end": length, "middle": length / 2}.get(text.attrib.get("text-anchor", ""), 0)
        assert 0 <= left <= left + length <= width, text.text
        assert 0 < float(text.attrib["y"]) < height
    return picture


def _is(element: ET.Element, kind: str) -> bool:
    return kind in element.attrib.get("class", "").split()


def _label(text: ET.Element) -> bool:
    return (text.text or "").endswith(" s")
