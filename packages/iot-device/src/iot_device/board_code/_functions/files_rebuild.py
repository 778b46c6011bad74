"""Makes ``new`` of parts of the file ``old`` (begin and length) and of bytes (text is base64).

Yields a number now and then: a board that is silent for long looks dead. Names are short, since
each byte of them travels.
"""


def files_rebuild(old, new, parts, append):
    b = __import__("builtins")
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
                    if not t % 64:
                        yield t
            else:
                if b.isinstance(x, b.str):
                    x = __import__("binascii").a2b_base64(x.encode())
                g.write(x)
