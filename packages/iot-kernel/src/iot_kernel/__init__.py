"""A Jupyter kernel whose cells run on a board; it comes with a later version."""

__all__: list[str] = []
