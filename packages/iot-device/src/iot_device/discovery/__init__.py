"""Finding boards without opening a port."""
