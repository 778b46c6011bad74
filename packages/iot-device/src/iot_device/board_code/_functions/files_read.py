"""Reads a part of a file, in pieces of ``size`` bytes at most: base64 where asked for."""


def files_read(path, offset, count, size, base64):
    import gc

    gc.collect()
    try:
        while size > 32 and size * 16 > gc.mem_free():
            size //= 2
    except AttributeError:
        pass
    if base64:
        encode = __import__("binascii").b2a_base64
    with __import__("builtins").open(path, "rb") as file:
        if offset:
            file.seek(offset)
        while count > 0:
            data = file.read(size if size < count else count)
            if not data:
                break
            count -= __import__("builtins").len(data)
            yield encode(data) if base64 else data
