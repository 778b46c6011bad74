"""Calls one function of ``os``."""


def files_os(name, *arguments):
    b = __import__("builtins")
    yield (b.getattr(__import__("os"), name)(*arguments),)
