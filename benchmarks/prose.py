"""Measure the prose and the shape of the code.

    python benchmarks/prose.py

Print one line for each measure, with its limit if it has one, and some of the places that exceed a
limit. tests/test_prose.py checks the limits.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
MAX_COLUMNS = 100
WORD = re.compile(r"[a-z']+")
MANNERED_STARTS = ("what", "where", "which")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A Python file that has been read and parsed."""

    path: Path
    text: str
    tree: ast.Module


@dataclass(frozen=True)
class Measure:
    """One number about the code.

    Attributes:
        name: the name in the table.
        value: the number measured.
        limit: the largest value allowed, or None if there is no limit.
        examples: places that count towards the value, as "path:line".
    """

    name: str
    value: float
    limit: float | None = None
    examples: tuple[str, ...] = ()

    @property
    def is_exceeded(self) -> bool:
        """Whether the value is above its limit."""
        return self.limit is not None and self.value > self.limit


def read_sources(*folders: Path) -> list[Source]:
    """Read every Python file below some folders, in the order of their paths."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [Source(path, text, ast.parse(text)) for path, text in zip(paths, texts, strict=True)]


def docstrings(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring of a file."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(source.tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)) is not None:
            yield node.body[0].lineno, text


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each comment of a file, without its "#"."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def words(text: str) -> list[str]:
    """Split a text into lower-case words.

    Example:
        words("What's a Fold_1?") -> ["what's", "a", "fold"]
    """
    return WORD.findall(text.lower())


def functions(sources: Iterable[Source]) -> list[Function]:
    """List every function and method, nested ones included."""
    return [
        node for source in sources for node in ast.walk(source.tree) if isinstance(node, Function)
    ]


def body_length(function: Function) -> int:
    """Count the lines of a function's body, without its docstring.

    Example:
        def double(x):
            '''Return twice the number.'''
            y = 2 * x
            return y

        body_length -> 2
    """
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def n_arguments(function: Function) -> int:
    """Count the arguments of a function, without self and cls."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [each.arg for each in (given.vararg, given.kwarg) if each]
    return len([name for name in names if name not in ("self", "cls")])


def percentile(values: list[int], share: float) -> int:
    """Return the smallest value that at least a share of all values do not exceed.

    Example:
        percentile([1, 2, 3, 4], 0.75) -> 3
    """
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def measure_prose(sources: list[Source]) -> list[Measure]:
    """Measure the words of docstrings and comments."""
    prose = [
        (source, line, text)
        for source in sources
        for read in (docstrings, comments)
        for line, text in read(source)
    ]
    found = [(source, line, words(text).count("what")) for source, line, text in prose]
    n_words = sum(len(words(text)) for _, _, text in prose)
    n_what = sum(count for _, _, count in found)
    starts = [
        (source, line)
        for source in sources
        for line, text in docstrings(source)
        if words(text)[:1] and words(text)[0] in MANNERED_STARTS
    ]
    return [
        Measure(
            "'what' per 10,000 words of docstrings and comments",
            10_000 * n_what / max(n_words, 1),
            15,
            examples((source, line) for source, line, count in found if count),
        ),
        Measure(
            "docstrings that begin with what, where or which", len(starts), 0, examples(starts)
        ),
    ]


def measure_lines(sources: list[Source]) -> Measure:
    """Count the lines that are too long."""
    long = [
        (source, number)
        for source in sources
        for number, line in enumerate(source.text.splitlines(), 1)
        if len(line) > MAX_COLUMNS
    ]
    return Measure(f"lines of more than {MAX_COLUMNS} columns", len(long), 0, examples(long))


def measure_comments(sources: list[Source]) -> Measure:
    """Measure the comments per 100 lines."""
    n_lines = sum(len(source.text.splitlines()) for source in sources)
    n_comments = sum(1 for source in sources for _ in comments(source))
    return Measure("comments per 100 lines", 100 * n_comments / max(n_lines, 1))


def measure_functions(sources: list[Source]) -> list[Measure]:
    """Measure the lengths of function bodies and the numbers of arguments."""
    found = functions(sources)
    lengths = [body_length(function) for function in found]
    numbers = [n_arguments(function) for function in found]
    return [
        Measure("lines of a function body, median", median(lengths)),
        Measure(
            "lines of a function body, 95th percentile",
            percentile(lengths, 0.95),
        ),
        Measure(
            "arguments of a function, 95th percentile",
            percentile(numbers, 0.95),
        ),
    ]


def measure_layout(root: Path) -> list[Measure]:
    """Count the modules and packages at the top of src/regard, and the lines of the README."""
    package = root / "src" / "regard"
    modules = {
        path.relative_to(package).parts[0].removesuffix(".py") for path in package.rglob("*.py")
    }
    top = {name for name in modules if not name.startswith("_")}
    readme = (root / "README.md").read_text(encoding="utf-8").splitlines()
    return [
        Measure("names at the top of src/regard", len(top), 18),
        Measure("lines of README.md", len(readme), 150),
    ]


def examples(places: Iterable[tuple[Source, int]]) -> tuple[str, ...]:
    """Write places as "path:line", relative to the project."""
    return tuple(f"{source.path.relative_to(ROOT)}:{line}" for source, line in places)


def measure_all() -> list[Measure]:
    """Measure everything: prose in src and scripts, columns in all Python files."""
    code = read_sources(ROOT / "src", ROOT / "scripts")
    others = read_sources(ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
    return [
        *measure_prose(code),
        measure_lines([*code, *others]),
        measure_comments(code),
        *measure_functions(code),
        *measure_layout(ROOT),
    ]


def table(measures: list[Measure], *, n_examples: int = 0) -> str:
    """Write measures as a table, each followed by examples if its limit is exceeded."""
    lines = [f"{'measure':52}{'value':>8}{'limit':>8}"]
    for measure in measures:
        limit = "" if measure.limit is None else f"{measure.limit:g}"
        lines.append(f"{measure.name:52}{measure.value:>8.4g}{limit:>8}")
        if measure.is_exceeded:
            lines += [f"    {example}" for example in measure.examples[:n_examples]]
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    print(table(measure_all(), n_examples=20))


if __name__ == "__main__":
    main()
