"""Receives a stream of frames into the open file, from ``offset`` on; ``_frames`` tells the rest."""


def files_receive(offset, limit, piece, grant, crc, bits):
    b = __import__("builtins")
    file = _iot_file
    if file[1] != offset:
        file[0].seek(offset)
        file[1] = offset
    for answer in _frames(b, limit, piece, grant, crc, bits, lambda data: write(file, data)):
        yield answer


def write(file, data):
    file[1] += file[0].write(data)
    return ()
