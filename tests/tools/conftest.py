"""Make the tools importable: they are scripts that import each other from their folder."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "tools"), str(Path(__file__).parent)]
