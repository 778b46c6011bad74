"""A board without hardware: a REPL server in front of a Python virtual machine."""
