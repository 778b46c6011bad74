"""Computes the digest of a file from ``offset`` on; the algorithm "crc32" gives a number.

Yields 0 now and then before: a board that is silent for long looks dead.
"""


def files_digest(path, algorithm, offset):
    import gc

    gc.collect()
    buffer = __import__("builtins").bytearray(512)
    crc = 0
    digest = None
    if algorithm == "crc32":
        crc32 = __import__("binascii").crc32
    else:
        hashlib = __import__("hashlib")
        try:
            digest = __import__("builtins").getattr(hashlib, algorithm)()
        except AttributeError:
            digest = hashlib.new(algorithm)
    with __import__("builtins").open(path, "rb") as file:
        if offset:
            file.seek(offset)
        turn = 0
        while True:
            turn += 1
            if not turn % 64:
                yield 0
            size = file.readinto(buffer)
            if not size:
                break
            data = buffer if size == 512 else buffer[:size]
            if digest is None:
                crc = crc32(data, crc)
            else:
                digest.update(data)
    yield crc if digest is None else digest.digest()
