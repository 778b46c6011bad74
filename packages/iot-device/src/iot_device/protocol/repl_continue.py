r"""Does a line of the friendly REPL need more lines before it can run?

The firmware does not compile to find out; it looks at brackets, quotes and the first word. The
rules are those of ``mp_repl_continue_with_input`` (``py/repl.c``), faults included.
"""

from __future__ import annotations

import re

__all__ = ["needs_more"]

_COMPOUND = re.compile(rb"@|(?:if|while|for|try|with|def|class|async)(?![A-Za-z0-9_])")
_QUOTE_OR_BRACKET = re.compile(rb"'''|\"\"\"|['\"]|[()\[\]{}]")
_BRACKETS = {b"(": b")", b"[": b"]", b"{": b"}"}
# A backslash hides a quote or a backslash, and nothing else.
_HIDDEN = rb"\\['\"\\]"
_STRING_END = {
    quote: re.compile(rb"(?s:%b|(?!%b|%b).)*%b" % (_HIDDEN, _HIDDEN, quote, quote))
    for quote in (b"'", b'"', b"'''", b'"""')
}


def needs_more(source: bytes) -> bool:
    """Tell whether the REPL asks for another line.

    Args:
        source: The lines so far, joined by line feeds, without one at the end unless the last
            line is empty.
    """
    if not source:
        return False
    open_quote, has_open_bracket = _scan(source)
    if len(open_quote) == 3 or (has_open_bracket and not open_quote):
        return True
    if source.endswith(b"\\"):
        return True
    return _COMPOUND.match(source) is not None and not source.endswith(b"\n")


def _scan(source: bytes) -> tuple[bytes, bool]:
    """Return the quote of the string that is still open, and whether a bracket is."""
    brackets: list[bytes] = []
    position = 0
    while token := _QUOTE_OR_BRACKET.search(source, position):
        position = token.end()
        if token[0] not in _STRING_END:
            brackets.append(token[0])
        elif end := _STRING_END[token[0]].match(source, position):
            position = end.end()
        else:
            return token[0], _is_open(brackets)
    return b"", _is_open(brackets)


def _is_open(brackets: list[bytes]) -> bool:
    """Tell whether one kind of bracket was opened more often than closed, in whatever order."""
    return any(
        brackets.count(opening) > brackets.count(closing) for opening, closing in _BRACKETS.items()
    )
