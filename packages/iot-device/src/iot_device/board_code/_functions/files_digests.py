"""Computes the SHA-256 digests of files; what _digests yields for one after the other."""


def files_digests(paths):
    b = __import__("builtins")
    buffer = b.bytearray(1024)
    for path in paths:
        for digest in _digests(b, path, buffer, 43):
            yield digest
