"""Receives files as one stream, and stores each whole: temporary name, digest, rename.

``protocol.transfer.archive`` tells how they come, ``_frames`` the arguments. Yields what that
yields, and a list with the number of files that are in their place. A rename that fails ends it,
after a list that also tells whether there is an old file; so does an error. What came of the last
file stays under its temporary name.
"""


def files_store(limit, piece, grant, crc, bits):
    b = __import__("builtins")
    try:
        # Left by a killed run: two handles on one file can ruin a file system.
        close(b)
    except b.OSError:
        pass
    # Bytes that come next, the head as far as it came, whether a file is open, files in place.
    state = [42, b"", False, 0]
    buffer = b.bytearray(512)
    for answer in _frames(
        b, limit, piece, grant, crc, bits, lambda data: store(b, state, buffer, data)
    ):
        yield answer
        if b.isinstance(answer, b.list) and answer[1:]:
            return
    close(b)


def close(b):
    global _iot_file
    try:
        file = _iot_file[0]
        del _iot_file
    except b.NameError:
        return
    file.close()


def number(b, data):
    return b.int.from_bytes(data, "little")


def store(b, state, buffer, data):
    global _iot_file
    while b.len(data):
        part = data[: state[0]]
        data = data[b.len(part) :]
        state[0] -= b.len(part)
        if state[2]:
            _iot_file[0].write(part)
        else:
            state[1] += b.bytes(part)
        if state[0]:
            return
        head = state[1]
        if b.len(head) == 42:
            state[0] = number(b, head[:2])
            continue
        path, temporary = [text(b, name) for name in head[42:].split(b"\0")]
        if not state[2]:
            start = number(b, head[6:10])
            _iot_file = [b.open(temporary, "r+b" if start else "wb"), 0]
            if start:
                _iot_file[0].seek(start)
            state[0] = number(b, head[2:6]) - start
            state[2] = True
            if state[0]:
                continue
        for answer in place(b, path, temporary, head[10:42], buffer, state[3]):
            yield answer
        state[:] = 42, b"", False, state[3] + 1


def text(b, name):
    try:
        return b.str(name, "utf8")
    except b.ValueError:
        return name


def place(b, path, temporary, digest, buffer, done):
    os = __import__("os")
    close(b)
    if b.hasattr(os, "sync"):
        os.sync()
    found = __import__("hashlib").sha256()
    turn = 0
    with b.open(temporary, "rb") as file:
        while True:
            size = file.readinto(buffer)
            if not size:
                break
            found.update(buffer if size == 512 else buffer[:size])
            turn += 1
            if not turn % 128:
                yield [done]
    if found.digest() != digest:
        raise b.OSError(5)
    try:
        mode = os.stat(path)[0] & 0xF000
    except b.OSError:
        mode = 0
    if mode == 0x4000:
        raise b.OSError(21)  # FAT would put the file in the place of an empty folder
    try:
        os.rename(temporary, path)
    except b.OSError:
        yield [done, mode != 0]
    yield [done + 1]
