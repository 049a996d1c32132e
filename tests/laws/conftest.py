"""What all laws share: how many examples are tried, and that nothing is left behind.

In CI the examples are the same every time. A longer search, with others each time, is made by hand:
``HYPOTHESIS_PROFILE=long python -m pytest tests/laws``.
"""

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, configuration, settings

sys.path.insert(0, str(Path(__file__).parent))

_PLACE = tempfile.TemporaryDirectory(prefix="omni-laws-", ignore_cleanup_errors=True)
configuration.set_hypothesis_home_dir(_PLACE.name)  # its tables of Unicode would lie in the repository

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
