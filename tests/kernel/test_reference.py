"""The pages on the kernel say what the code says: magics, their options, settings."""

from __future__ import annotations

import re
from dataclasses import fields

from docs.pages import ROOT, Page
from iot_device.rich_output import MAX_RICH_ITEM
from iot_kernel.magics.table import magics
from iot_kernel.rich.checks import MAX_TEXT, MIME_TYPES
from iot_kernel.rich.items import MAX_BYTES, MAX_ITEMS
from iot_kernel.rich.json_text import MAX_DEPTH, MAX_JSON
from iot_kernel.rich.pictures import MAX_PIXELS
from iot_kernel.rich.svg import MAX_ELEMENTS
from iot_kernel.settings import Settings

MAGICS = Page(ROOT / "docs" / "reference" / "magics.md")
KERNEL = Page(ROOT / "docs" / "reference" / "kernel.md")
PICTURES = Page(ROOT / "docs" / "reference" / "rich-output.md")


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", cell)


def test_the_magics_their_options_and_what_they_do_are_documented() -> None:
    rows = MAGICS.rows("Line magics") + MAGICS.rows("Cell magics")
    documented = {words(row[0])[0]: (words(row[1]), row[2]) for row in rows}
    assert documented == {
        title: (["/".join(item.names) for item in magic.options], magic.summary)
        for title, magic in magics().items()
    }


def test_the_settings_are_documented_with_their_defaults() -> None:
    rows = [row for row in KERNEL.rows("Settings") if len(row) == 4]
    documented = {words(row[0])[0]: (words(row[1])[0], words(row[2])[0]) for row in rows}
    assert documented == {
        field.name: (str(field.default), f"IOT_{field.name.upper()}") for field in fields(Settings)
    }


def test_every_magic_has_help_with_its_options() -> None:
    for title, magic in magics().items():
        assert magic.help.startswith(f"usage: {title} ")
        for item in magic.options:
            assert item.names[-1] in magic.help, title


def test_the_types_of_pictures_are_documented_with_their_limits() -> None:
    conditions = {
        words(row[0])[0]: row[1] for row in PICTURES.rows("In a notebook") if len(row) > 2
    }
    assert set(conditions) == set(MIME_TYPES)
    for mime, limits in {
        "image/png": [MAX_PIXELS],
        "image/jpeg": [MAX_PIXELS],
        "image/svg+xml": [MAX_ELEMENTS],
        "application/json": [MAX_JSON, MAX_DEPTH],
        "text/markdown": [MAX_TEXT],
        "text/plain": [MAX_TEXT],
    }.items():
        assert all(f"{limit:,}" in conditions[mime] for limit in limits), mime
    for limit in (MAX_RICH_ITEM, MAX_ITEMS, MAX_BYTES):
        assert f" {limit:,} " in PICTURES.text
