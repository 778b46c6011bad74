"""Byte pipes to boards."""
