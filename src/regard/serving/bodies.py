"""The JSON bodies of requests and answers, which OpenAPI describes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Strict: JSON's true and false are no cells, as CSV files may write them in any way.
Cell = (
    Annotated[str, Field(strict=True)]
    | Annotated[int, Field(strict=True)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | None
)


class PredictRequest(BaseModel):
    """The rows to predict, in one of three forms."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "A text."}, {"texts": ["One.", "Another."]}]},
    )

    text: str | None = Field(default=None, description="One text, where rows have one text column.")
    texts: list[str] | None = Field(default=None, description="A row for each text, likewise.")
    rows: list[dict[str, Cell]] | None = Field(
        None,
        description="Cells by column. All text columns are needed; others may be left out, which "
        "means an empty cell.",
    )
    explain: bool = Field(default=False, description="Whether to add the weight of each word.")


class Word(BaseModel):
    """A word as the model read it."""

    column: str = Field(description="The text column.")
    word: str
    weight: float = Field(description="The larger, the more the prediction depends on the word.")


class Prediction(BaseModel):
    """The prediction of one row."""

    labels: dict[str, str] = Field(
        description="The decided label by label column; empty where nothing is decided."
    )
    probabilities: dict[str, float] = Field(
        description="By class or label column; empty for numbers that are not probabilities."
    )
    numbers: dict[str, float] = Field(description="By label column; empty for classes.")
    words: list[Word] | None = Field(
        default=None, description="Only with explain, in reading order."
    )


class PredictResponse(BaseModel):
    """The predictions of all rows, in their order."""

    run: str = Field(description="The name of the run.")
    predictions: list[Prediction]


class Health(BaseModel):
    """The server answers; it listens only once the models are loaded."""

    status: str = Field(examples=["ok"])
    run: str


class Columns(BaseModel):
    """The columns of a row, by their kind."""

    texts: list[str]
    numbers: list[str]
    categories: list[str]


class Limits(BaseModel):
    """The limits of a request; beyond them it is refused."""

    rows: int
    explained_rows: int = Field(description="Rows of a request with explain.")
    characters: int = Field(description="Characters of a text.")
    body_kb: int


class ModelCard(BaseModel):
    """The run that is served."""

    name: str
    competition: str
    task: str
    learner: str
    metric: str
    greater_is_better: bool
    oof_score: float | None = Field(description="The out-of-fold score; null if undefined.")
    fold_scores: list[float | None]
    n_folds: int
    columns: Columns
    texts: str = Field(description="How several text columns are read: joined, separate or pair.")
    label_columns: list[str]
    positive_value: str | None = Field(
        description="The value of a label that is given, where labels are yes or no."
    )
    outputs: list[str] = Field(description="The names of the probabilities, or of the numbers.")
    explains: bool = Field(description="Whether predictions can be explained by words.")
    limits: Limits
    versions: dict[str, str]


class Problem(BaseModel):
    """Why a request was refused, in one line."""

    detail: str
