"""Sends a file from ``offset`` on as a stream of frames; they are told in ``protocol.transfer``.

``block`` is the bytes to read at a time; ``crc`` says whether frames are checked by crc32 or else
by sha256. Then yields the digest of the whole file, read once more, if ``algorithm`` names one: a
file that changes meanwhile is found by that. Before it, numbers show that the board is alive.
"""


def files_send(path, offset, block, crc, algorithm):
    import gc
    import sys

    b = __import__("builtins")
    gc.collect()
    number = 0
    with b.open(path, "rb") as file:
        if offset:
            file.seek(offset)
        while True:
            data = file.read(block)
            if not data:
                break
            for byte in b"\x10\x04\x06\x0d":
                data = data.replace(b.bytes((byte,)), b.bytes((16, byte ^ 64)))
            head = b.bytes("D%02x%04x" % (number & 255, b.len(data)), "utf8")
            check = b.bytes("%08x" % checked(b, head, data, crc), "utf8")
            send(b, sys.stdout.buffer, b"\x06" + head + check)
            send(b, sys.stdout.buffer, data)
            number += 1
    if algorithm:
        digest = b.getattr(__import__("hashlib"), algorithm)()
        with b.open(path, "rb") as file:
            number = 0
            while True:
                data = file.read(512)
                if not data:
                    break
                digest.update(data)
                number += 1
                if not number % 64:
                    yield number
        yield digest.digest()


def send(b, sink, data):
    view = b.memoryview(data)
    while b.len(view):
        size = sink.write(view)
        if size is None:
            return
        view = view[size:]


def checked(b, head, data, crc):
    if crc:
        crc32 = __import__("binascii").crc32
        return crc32(data, crc32(head)) & 0xFFFFFFFF
    digest = __import__("hashlib").sha256(head)
    digest.update(data)
    return b.int.from_bytes(digest.digest()[:4], "big")
