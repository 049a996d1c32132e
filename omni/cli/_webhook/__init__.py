"""``omni webhook``; each module of this package adds its commands to it."""

from omni.cli._webhook import (
    _deliveries as _deliveries,
    _inbox as _inbox,
    _receivers as _receivers,
    _serve as _serve,
)
from omni.cli._webhook._options import webhook as webhook
