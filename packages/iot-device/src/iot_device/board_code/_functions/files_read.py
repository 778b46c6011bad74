"""Reads a part of a file, in pieces of ``size`` bytes at most.

``text`` tells how they are written: 1: base64, 2: hexadecimal digits, 0: as they are.
"""


def files_read(path, offset, count, size, text):
    import gc

    gc.collect()
    try:
        while size > 32 and size * 16 > gc.mem_free():
            size //= 2
    except AttributeError:
        pass
    if text:
        binascii = __import__("binascii")
        encode = binascii.b2a_base64 if text == 1 else binascii.hexlify
    with __import__("builtins").open(path, "rb") as file:
        if offset:
            file.seek(offset)
        while count > 0:
            data = file.read(size if size < count else count)
            if not data:
                break
            count -= __import__("builtins").len(data)
            yield encode(data) if text else data
