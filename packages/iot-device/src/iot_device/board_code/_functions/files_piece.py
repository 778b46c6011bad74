"""Writes to the open file, if that stands at ``offset``; yields how far it got."""


def files_piece(data, offset, base64):
    try:
        _iot_file
    except NameError:
        yield -1
        return
    if _iot_file[1] == offset:
        if base64:
            data = __import__("binascii").a2b_base64(data)
        _iot_file[1] += _iot_file[0].write(data)
    yield _iot_file[1]
