"""Makes ``new`` of parts of the file ``old`` (begin and length) and of bytes (text is base64).

With a digest (the last call for a file) the new file takes the place of the old one, if that is its
SHA-256; the one that was found is yielded. Names are short, since each byte of them travels.
"""


def files_rebuild(old, new, parts, append, digest):
    b = __import__("builtins")
    os = __import__("os")
    p = b.memoryview(b.bytearray(512))
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
            else:
                if b.isinstance(x, b.str):
                    x = __import__("binascii").a2b_base64(x.encode())
                g.write(x)
    if digest:
        h = __import__("hashlib").sha256()
        k = 1
        with b.open(new, "rb") as f:
            while k:
                k = f.readinto(p)
                h.update(p[:k])
        h = h.digest()
        if h == digest:
            try:
                os.rename(new, old)
            except b.OSError as e:
                if e.args[0] != 17:
                    raise
                os.remove(old)
                os.rename(new, old)
        yield h
