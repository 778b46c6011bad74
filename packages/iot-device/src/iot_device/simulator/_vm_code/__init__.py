"""What runs in the child process; nothing here is imported by the host."""
