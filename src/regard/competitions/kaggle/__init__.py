"""Download a competition's files and upload a submission with Kaggle's command-line client."""

from regard.competitions.kaggle.archives import unzip
from regard.competitions.kaggle.download import download_competition
from regard.competitions.kaggle.submission_file import check_submission
from regard.competitions.kaggle.upload import upload_run

__all__ = [
    "check_submission",
    "download_competition",
    "unzip",
    "upload_run",
]
