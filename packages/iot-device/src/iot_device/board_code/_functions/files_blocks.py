"""Tells the crc32 of each block of ``size`` bytes of parts of a file (begin and end).

They are little endian, 64 of them a line. The last block of a part may be shorter.
"""


def files_blocks(path, size, parts):
    b = __import__("builtins")
    binascii = __import__("binascii")
    block = b.memoryview(b.bytearray(size))
    line = b""
    with b.open(path, "rb") as file:
        for begin, end in parts:
            file.seek(begin)
            while begin < end:
                found = file.readinto(block[: b.min(size, end - begin)])
                if not found:
                    raise b.OSError(5)
                begin += found
                crc = binascii.crc32(block[:found]) & 0xFFFFFFFF
                line += crc.to_bytes(4, "little")
                if b.len(line) == 256:
                    yield binascii.b2a_base64(line)
                    line = b""
    yield binascii.b2a_base64(line)
