"""Tells the crc32 of each block of ``size`` bytes of a file, little endian, 24 of them a line."""


def files_blocks(path, size):
    b = __import__("builtins")
    binascii = __import__("binascii")
    block = b.bytearray(size)
    with b.open(path, "rb") as file:
        found = size
        while found == size:
            line = b""
            while b.len(line) < 96 and found == size:
                found = file.readinto(block)
                if found:
                    crc = binascii.crc32(b.memoryview(block)[:found]) & 0xFFFFFFFF
                    line += crc.to_bytes(4, "little")
            yield binascii.b2a_base64(line)
