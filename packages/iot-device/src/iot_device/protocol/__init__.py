"""The protocols of the REPL as pure state machines: no I/O, no clock."""
