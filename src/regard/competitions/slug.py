"""The name of a competition on Kaggle."""

from regard.config import Config
from regard.errors import ConfigError


def slug_of(config: Config) -> str:
    """Return the competition's name on Kaggle.

    Raises:
        ConfigError: the competition has no slug.
    """
    if config.competition.slug is None:
        name = config.competition.name
        if config.competition.source:
            raise ConfigError(
                f"{name} ships with Regard and is not on Kaggle; there is nothing to download or "
                "upload"
            )
        raise ConfigError(
            "competition.slug is not set; copy the name from the competition's URL on Kaggle into "
            f"conf/competition/{name}.yaml, for example slug: spooky-author-identification"
        )
    return config.competition.slug
