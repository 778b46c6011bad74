"""The harness finds what is wrong with a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.page_runner import matches, run_steps, steps_of
from docs.pages import Page

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
# A page

```console
$ cat <<END
> one
> END
one
$ echo "$HOME" "$IOT_DEVICE" | wc -w
1
$ false
$ echo $?
1
```

```python greet.py
def greet():
    print("hello")
```

```python
import greet
greet.greet()
```

```output
hello
```

```console
$ sh -c 'echo ready; exec sleep 50' &
ready
```

```text
$ no command
```
"""


def run(text: str, folder: Path) -> list[str]:
    path = folder / "page.md"
    path.write_text(text)
    return run_steps(steps_of(Page(path)), folder)


@pytest.mark.slow
def test_a_true_page_has_no_complaints(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("true", "wrong"),
    [
        ("\none\n$", "\ntwo\n$"),
        ("\n1\n```", "\n0\n```"),
        ("\nhello\n", "\n"),
        ("\nready\n", "\nred\n"),
    ],
)
def test_an_output_that_is_not_the_one_of_the_page_is_found(
    true: str, wrong: str, tmp_path: Path
) -> None:
    assert len(run(PAGE.replace(true, wrong), tmp_path)) == 1


@pytest.mark.slow
def test_a_block_may_need_micropython(tmp_path: Path) -> None:
    asked = "$ iot -d sim:// eval \"__import__('sys').platform\"\n"
    page = f"```console micropython\n{asked}'linux'\n$ false\n$ echo $?\n1\n```\n"
    assert run(f"{page}\n```console\n{asked}'simulator'\n```\n", tmp_path) == []


@pytest.mark.slow
def test_commands_after_the_end_of_bash_are_complained_about(tmp_path: Path) -> None:
    assert len(run("```console\n$ exit\n$ true\n$ echo 1\n1\n```\n", tmp_path)) == 2


@pytest.mark.slow
def test_a_command_without_an_end_is_ended_and_complained_about(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("```console\n$ echo 1\n1\n$ sleep 60\n```\n")
    wrong = run_steps(steps_of(Page(path)), tmp_path, timeout=0.5)
    assert len(wrong) == 1
    assert wrong[0].startswith("line 4: $ sleep 60\n")
    assert wrong[0].endswith("(no end within 0.5 seconds)")


@pytest.mark.parametrize(
    ("expected", "printed", "fits"),
    [
        ("", "", True),
        ("", "noise\n", False),
        ("one\n", "one", True),
        ("one\n", "one\n\n", False),
        ("a ... z\n", "a b c z\n", True),
        ("a ... z\n", "a b\nc z\n", False),
        ("...\nend\n", "end\n", True),
        ("...\nend\n", "one\ntwo\nend\n", True),
        ("...\nend\n", "one\nend\ntwo\n", False),
        ("1.5 (a|b)*\n", "1x5 a\n", False),
    ],
)
def test_three_dots_stand_for_any_text_and_all_else_for_itself(
    expected: str, printed: str, *, fits: bool
) -> None:
    assert matches(expected, printed) is fits
