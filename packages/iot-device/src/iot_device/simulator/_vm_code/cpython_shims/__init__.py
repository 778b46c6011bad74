"""What a board has and CPython has not; for programs in the CPython of a simulated board."""
