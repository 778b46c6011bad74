"""Calls one function of ``os``."""


def files_os(name, *arguments):
    b = __import__("builtins")
    value = b.getattr(__import__("os"), name)(*arguments)
    # Since 1.29 ``stat`` has named fields, whose ``repr`` is no literal.
    yield (value[:] if b.isinstance(value, b.tuple) else value,)
