"""Benchmarks with their published figures. Run with ``make bench``; nothing here is a test."""
