"""The settings of tracking: where curves and scores go besides the folder of the run."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from regard.config.checks import choice
from regard.config.registries import registry
from regard.errors import ConfigError

NO_TRACKER = "none"


@dataclass
class TrackingConfig:
    """The program that also gets settings, curves and scores. No artefact depends on it."""

    tracker: str
    project: str | None
    uri: str | None

    def __post_init__(self) -> None:
        choice("tracking.tracker", self.tracker, (NO_TRACKER, *registry("tracking.tracker")))
        trackers = registry("tracking.tracker")
        for key in ("project", "uri"):
            takers = [name for name, tracker in trackers.items() if key in tracker.takes]
            if getattr(self, key) is not None and self.tracker not in takers:
                raise ConfigError(
                    f"tracking.{key} is for tracking={' or '.join(takers)}, not {self.tracker}; "
                    "set it to null"
                )
        # The settings are saved with the run, and a run may be copied to others.
        if self.uri is not None and urlsplit(self.uri).password is not None:
            raise ConfigError(
                "tracking.uri holds a password, which would be saved with the run; give the whole "
                "address by the variable MLFLOW_TRACKING_URI instead"
            )
