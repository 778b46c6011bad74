"""The pages on the kernel say what the code says: magics, their options, settings."""

from __future__ import annotations

import re
from dataclasses import fields

from docs.pages import ROOT, Page
from iot_kernel.magics.table import magics
from iot_kernel.settings import Settings

MAGICS = Page(ROOT / "docs" / "reference" / "magics.md")
KERNEL = Page(ROOT / "docs" / "reference" / "kernel.md")


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
