"""Tells the values of expressions; one that this firmware does not know is left out."""


def board_values(expressions):
    for expression in expressions:
        try:
            yield expression[0], eval(expression[1])
        except MemoryError:
            raise  # the host asks for less at a time
        except Exception:
            pass
