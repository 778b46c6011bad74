"""Makes ``new`` of parts of the file ``old`` (begin and length) and of bytes (text is base64).

With a digest (the last call for a file) the new file takes the place of the old one, if that is its
SHA-256; the one that was found is yielded.
"""


def files_rebuild(old, new, parts, append, digest):
    b = __import__("builtins")
    os = __import__("os")
    piece = b.memoryview(b.bytearray(512))
    with b.open(old, "rb") as source, b.open(new, "ab" if append else "wb") as file:
        for part in parts:
            if b.isinstance(part, b.tuple):
                at, left = part
                source.seek(at)
                while left:
                    size = source.readinto(piece[: b.min(left, 512)])
                    if not size:
                        raise b.OSError(5)
                    file.write(piece[:size])
                    left -= size
            else:
                if b.isinstance(part, b.str):
                    part = __import__("binascii").a2b_base64(part.encode())
                file.write(part)
    if digest:
        found = __import__("hashlib").sha256()
        with b.open(new, "rb") as file:
            size = 1
            while size:
                size = file.readinto(piece)
                found.update(piece[:size])
        found = found.digest()
        if found == digest:
            try:
                os.rename(new, old)
            except b.OSError as error:
                if error.args[0] != 17:
                    raise
                os.remove(old)
                os.rename(new, old)
        yield found
