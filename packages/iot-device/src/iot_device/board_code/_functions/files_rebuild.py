"""Makes ``new`` of parts of the file ``old`` (begin and length) and of bytes (text is base64).

With the digest of the whole (SHA-256 in base64, without its end), compares what is stored, and if
it is right renames it over the old file; yields whether that worked, and nothing if it is not right.

Yields a number now and then before: a board that is silent for long looks dead. Names are short,
since each byte of them travels.
"""


def files_rebuild(old, new, parts, append, digest):
    b = __import__("builtins")
    i = __import__("binascii")
    p = b.memoryview(b.bytearray(512))
    t = 0
    with b.open(old, "rb") as f, b.open(new, "ab" if append else "wb") as g:
        for x in parts:
            if b.isinstance(x, b.tuple):
                f.seek(x[0])
                n = x[1]
                while n:
                    k = f.readinto(p[: b.min(n, 512)])
                    if not k:
                        raise b.OSError(5)
                    g.write(p[:k])
                    n -= k
                    t += 1
                    if not t % 200:
                        yield t
            else:
                if b.isinstance(x, b.str):
                    x = i.a2b_base64(x.encode())
                g.write(x)
    if not digest:
        return
    d = __import__("hashlib").sha256()
    with b.open(new, "rb") as f:
        k = f.readinto(p)
        while k:
            d.update(p[:k])
            t += 1
            if not t % 200:
                yield t
            k = f.readinto(p)
    if i.b2a_base64(d.digest())[:43] == digest:
        try:
            __import__("os").rename(new, old)
            yield True
        except b.OSError:
            yield False
