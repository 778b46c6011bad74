"""Public fakes and checks for tests of code that uses this library."""
