"""Recorded people are looked at where they are; elsewhere nothing is promised, and nothing is reported as left out."""

from tests.liveness.material import FACES

collect_ignore = [] if (FACES / "manifest.json").is_file() else ["test_recorded.py"]
