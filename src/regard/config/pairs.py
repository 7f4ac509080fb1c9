"""The settings of networks that compare the two texts of a pair."""

from dataclasses import dataclass

from regard.config.checks import at_least, choice, choices, each_once, not_empty, rate
from regard.config.registries import registry


@dataclass
class ComparisonConfig:
    """The dense layers that compare each token with what it is aligned to."""

    n_layers: int
    units: int
    dropout: float

    def __post_init__(self) -> None:
        at_least("model.pair.comparison.n_layers", self.n_layers, 1)
        at_least("model.pair.comparison.units", self.units, 1)
        rate("model.pair.comparison.dropout", self.dropout)


@dataclass
class CompositionConfig:
    """The recurrent layers that read the comparisons in both directions."""

    cell: str
    units: int

    def __post_init__(self) -> None:
        # One layer for each direction, so no cell that is several kinds of layers.
        cells = [name for name, cell in registry("model.rnn.cell").items() if cell.min_layers < 2]
        choice("model.pair.composition.cell", self.cell, cells)
        at_least("model.pair.composition.units", self.units, 1)


@dataclass
class PairConfig:
    """How the two texts of a pair are aligned, and how their encodings are combined."""

    alignment: str
    scaled: bool
    comparison: ComparisonConfig
    composition: CompositionConfig
    combination: list[str]

    def __post_init__(self) -> None:
        choice("model.pair.alignment", self.alignment)
        not_empty("model.pair.combination", self.combination)
        choices("model.pair.combination", self.combination)
        each_once("model.pair.combination", self.combination)
