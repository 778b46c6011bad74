"""Computes the SHA-256 digest of a file (the first ``size`` characters of its base64, else bytes); None for what cannot be read.

Yields 0 now and then before: a board that is silent for long looks dead.
"""


def _digests(b, path, buffer, size):
    hashlib = __import__("hashlib")
    digest = hashlib.sha256() if b.hasattr(hashlib, "sha256") else hashlib.new("sha256")
    try:
        with b.open(path, "rb") as file:
            turn = 0
            count = file.readinto(buffer)
            while count:
                digest.update(buffer if count == 1024 else buffer[:count])
                turn += 1
                if not turn % 64:
                    yield 0
                count = file.readinto(buffer)
        digest = digest.digest()
        try:
            digest = __import__("binascii").b2a_base64(digest)[:size]
        except (ImportError, AttributeError):
            pass
        yield digest
    except OSError:
        yield None
