"""Settings of the property-based tests: how many examples hypothesis tries, and where it keeps its files.

In CI the examples are the same every time. For a longer search with new examples each time, run
``HYPOTHESIS_PROFILE=long python -m pytest tests/laws``.
"""

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, configuration, settings

sys.path.insert(0, str(Path(__file__).parent))

_FOLDER = tempfile.TemporaryDirectory(prefix="omni-laws-", ignore_cleanup_errors=True)
configuration.set_hypothesis_home_dir(_FOLDER.name)  # else it writes tables of Unicode into the repository

_SLOW_MACHINES = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=_SLOW_MACHINES,
)
settings.register_profile("long", settings.get_profile("ci"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
