"""Writes to the open file, if that stands at ``offset``; yields how far it got.

``text`` tells how ``data`` is written (1: base64, 2: hexadecimal digits), ``window`` the bits of the
window of raw deflate (below 0: for zlib; 0: not compressed), ``size`` the bytes that it stands for.
"""


def files_piece(data, offset, text, window, size):
    try:
        _iot_file
    except NameError:
        yield -1
        return
    if _iot_file[1] == offset:
        if text:
            binascii = __import__("binascii")
            data = (binascii.a2b_base64 if text == 1 else binascii.unhexlify)(data)
        if window < 0:
            data = __import__("zlib").decompress(data, window)
        elif window:
            stream = __import__("io").BytesIO(data)
            data = __import__("builtins").bytearray(size)
            __import__("deflate").DeflateIO(stream, 1, window).readinto(data)
        _iot_file[1] += _iot_file[0].write(data)
    yield _iot_file[1]
