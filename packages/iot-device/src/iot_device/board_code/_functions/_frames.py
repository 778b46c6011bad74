"""Takes a stream of frames; they are told in ``protocol.transfer``.

``limit`` is the longest payload, ``piece`` the bytes to read at a time; ``grant`` says whether to
answer each piece with a mark, ``crc`` whether frames are checked by crc32 or else by sha256, and
``bits`` the window of deflate. Another mark goes before each part of a frame that is stored.
Yields the number of frames stored; ``(number,)`` after a loss, ``(number, question)`` as the answer
to one; and what ``store`` yields, which gets the bytes.
"""


def _frames(b, limit, piece, grant, crc, bits, store):
    import gc
    import sys

    gc.collect()
    part = b.bytearray(b.max(piece, 16))
    frame = b.bytearray(limit)
    sink = sys.stdout.buffer
    count = 0
    lost = False
    yield 0
    while True:
        found = take(b, sys.stdin.buffer, sink if grant else None, part, frame, piece, crc)
        if not found:
            if not lost:
                yield (count,)
            lost = True
            continue
        lost = False
        kind, number, data = found
        if kind == 0x51:
            yield count, number
        elif number == count & 255:
            if kind == 0x45:
                return
            if b"\x10" in frame:
                data = b.bytes(data)
                for byte in b"\x02\x03\x04\x06\x0a\x0d\x10":
                    data = data.replace(b.bytes((16, byte ^ 64)), b.bytes((byte,)))
            for some in plain(b, data, bits if kind == 0x5A else 0):
                sink.write(b"\x05")
                for answer in store(some):
                    yield answer
            count += 1
            yield count


def fill(source, view, start, end):
    # Less than asked for comes where the input is a pipe.
    while start < end:
        size = source.readinto(view[start:end])
        if not size:
            raise __import__("builtins").OSError(5)
        start += size


def take(b, source, sink, part, frame, piece, crc):
    view = b.memoryview(part)
    while part[0] != 6:
        fill(source, view, 0, 1)
    while part[0] == 6:
        fill(source, view, 0, 1)
    fill(source, view, 1, 15)
    at = 0
    size = 15
    try:
        if b"\x06" in part:
            raise b.ValueError
        head = b.bytes(view[:15])
        length = b.int(head[3:7], 16)
        if not 0 <= length <= b.len(frame):
            return None
        while at < length:
            size = b.min(length - at, piece)
            fill(source, view, 0, size)
            if b"\x06" in part:
                raise b.ValueError
            frame[at : at + size] = view[:size]
            at += size
            if sink and size == piece:
                sink.write(b"\x06")
        data = b.memoryview(frame)[:length]
        if checked(b, head[:7], data, crc) == b.int(head[7:], 16):
            return head[0], b.int(head[1:3], 16), data
    except b.ValueError:
        if b"\x06" in part:
            # The next frame has begun in here.
            part[:size] = b.bytes(size)
            part[0] = 6


def checked(b, head, data, crc):
    if crc:
        crc32 = __import__("binascii").crc32
        return crc32(data, crc32(head)) & 0xFFFFFFFF
    digest = __import__("hashlib").sha256(head)
    digest.update(data)
    return b.int.from_bytes(digest.digest()[:4], "big")


def plain(b, data, bits):
    data = b.memoryview(data)
    if not bits:
        for at in b.range(0, b.len(data), 2048):
            yield data[at : at + 2048]
        return
    inflate = __import__("deflate").DeflateIO
    reader = inflate(__import__("io").BytesIO(data), 1, bits)
    buffer = b.memoryview(b.bytearray(512))
    while True:
        size = reader.readinto(buffer)
        if not size:
            return
        yield buffer[:size]
