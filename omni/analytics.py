"""Analytics: figures over all leads of a workspace, and lead by lead."""

from omni_client import models

from omni._view import View


class Analytics(View):
    """A page of figures. Source: the page Get Analytics."""

    raw: models.Analytics

    _model = models.Analytics
    _shown = ()
