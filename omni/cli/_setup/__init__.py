"""``omni doctor``, ``omni config`` and ``omni completion``: the installation, the settings and the shell."""

from omni.cli._setup._completion import completion as completion
from omni.cli._setup._config import config as config
from omni.cli._setup._doctor import doctor as doctor
