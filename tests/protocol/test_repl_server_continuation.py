"""When the friendly REPL asks for another line: the rules of ``mp_repl_continue_with_input``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.protocol.repl_continue import needs_more


@pytest.mark.parametrize(
    "source",
    [
        b"if a:",
        b"while True:\n    pass",
        b"for i in x: pass",
        b"try:",
        b"with a:",
        b"def f():",
        b"class A:",
        b"async def f():",
        b"@cached",
        b"if",
        b"if(",
        b"f(",
        b"x = [1,\n",
        b"x = {",
        b"((",
        b"x = '''",
        b'x = """a"b\'\'\'',
        b"'''a\\'''",
        b"x = '''\n",
        b"x = 1 + \\",
        b"'a\\",
        b"(')'",
        b"('\\')'",
        b"''' ''' + '''",
    ],
)
def test_unfinished_source_needs_more(source: bytes) -> None:
    assert needs_more(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"x = 1",
        b"if a:\n    pass\n",
        b"iffy = 1",
        b"if_ = 1",
        b"f()",
        b"f())",
        b")(",
        b"x = 'a",
        b"f('a",
        b"x = '('",
        b'x = "["',
        b"x = '''a'''",
        b"'''a\\''''",
        b"\\'(' '",
        b" if a:",
        b"# don't (",
    ],
)
def test_finished_source_needs_no_more(source: bytes) -> None:
    assert not needs_more(source)


@given(st.text("'\"\\()[]{}ifab:@\n ", max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert needs_more(text.encode()) in (True, False)
