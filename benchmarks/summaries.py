"""Generate summaries of a few prompts with two scores each, and measure a ridge on their length.

    python benchmarks/summaries.py path/to/sets            # writes path/to/sets/summaries/
    python benchmarks/summaries.py path/to/sets --rows 600 --prompts 4

The set has the files and columns of a competition of students' summaries: `summaries_train.csv` and
`prompts_train.csv`, and the same of test with other prompts. Scores depend on the logarithm of the
length, on the part of the prompt that is told, on quotations and on the choice of words. Each
prompt has its own subject words, of which good students use other ones than weak students, so that
weights of words from one prompt mislead on the next. The script prints the error of a ridge
regression on the logarithm of the length, out of fold by prompts and on the test rows.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

SCORES = ["content", "wording"]
LETTERS = np.array(list("bdfgklmnprstvz")), np.array(list("aeiou"))
N_GENERAL = 1500  # words that all prompts share


def make_word(rng: np.random.Generator) -> str:
    """Return a word of two to four syllables."""
    consonants, vowels = LETTERS
    return "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(rng.integers(2, 5)))


def make_prompt(rng: np.random.Generator, general: np.ndarray) -> tuple[str, np.ndarray]:
    """Return a prompt of about 500 words, and its subject words."""
    subject = np.array([make_word(rng) for _ in range(80)])
    words = np.where(
        rng.random(500) < 0.35, draw(rng, subject, 500, 0.7), draw(rng, general, 500, 1.0)
    )
    return as_sentences(rng, words), subject


def draw(rng: np.random.Generator, words: np.ndarray, n: int, power: float) -> np.ndarray:
    """Draw words by Zipf's law with an exponent."""
    weights = 1 / np.arange(1, len(words) + 1) ** power
    return rng.choice(words, n, p=weights / weights.sum())


def as_sentences(rng: np.random.Generator, words: np.ndarray) -> str:
    """Join words to sentences of 8 to 20 words."""
    sentences = []
    start = 0
    while start < len(words):
        end = start + int(rng.integers(8, 21))
        sentences.append(" ".join(words[start:end]).capitalize() + ".")
        start = end
    return " ".join(sentences)


def make_summary(
    rng: np.random.Generator, prompt: str, subject: np.ndarray, general: np.ndarray
) -> tuple[str, float, float]:
    """Return a summary with its scores for content and wording."""
    skill = rng.normal()
    n_words = int(np.clip(np.exp(4.1 + 0.35 * skill + 0.5 * rng.normal()), 12, 500))
    copying = rng.beta(1.2, 5.0)
    own = np.exp(0.5 * rng.normal())  # how far the student leaves the frequent words
    source = prompt.lower().replace(".", "").split()
    words: list[str] = []
    # Good students prefer the subject words of the second half of the list.
    half = len(subject) // 2
    liked = subject[half:] if rng.random() < 1 / (1 + np.exp(-1.5 * skill)) else subject[:half]
    while len(words) < n_words:
        if rng.random() < copying:
            start = rng.integers(len(source) - 8)
            words += source[start : start + int(rng.integers(4, 9))]
        else:
            words += [*draw(rng, liked, 2, 0.7), *draw(rng, general, 4, 1.2 / own)]
    words = words[:n_words]
    told = len(set(words) & set(source)) / len(set(source))
    distinct = len(set(words)) / np.sqrt(n_words)
    length = (np.log(n_words) - 4.1) / 0.6
    content = 0.45 * length + 0.3 * skill + 4.0 * (told - 0.12) - 0.8 * copying
    wording = 0.3 * length + 0.25 * skill + 0.25 * (distinct - 5.5) - 2.5 * copying
    noise = rng.normal(0, 0.4, 2)
    return as_sentences(rng, np.array(words)), content + noise[0], wording + noise[1]


def make_rows(
    rng: np.random.Generator, names: list[str], n_rows: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the summaries of some prompts and the prompts."""
    general = np.array([make_word(np.random.default_rng(1000 + word)) for word in range(N_GENERAL)])
    prompts, rows = [], []
    for name in names:
        text, subject = make_prompt(rng, general)
        prompts.append(
            {
                "prompt_id": name,
                "prompt_question": f"Summarise the text about {subject[0]}.",
                "prompt_title": subject[0].capitalize(),
                "prompt_text": text,
            }
        )
        for _ in range(n_rows):
            summary, content, wording = make_summary(rng, text, subject, general)
            rows.append(
                {"prompt_id": name, "text": summary, "content": content, "wording": wording}
            )
    frame = pd.DataFrame(rows).sample(frac=1, random_state=0).reset_index(drop=True)
    ids = [f"{rng.integers(16**12):012x}" for _ in range(len(frame))]
    frame.insert(0, "student_id", ids)
    return frame, pd.DataFrame(prompts)


def write(folder: Path, n_rows: int, n_prompts: int) -> dict[str, pd.DataFrame]:
    """Write the files of the set, and return the rows with their scores."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:02x}{number * 37 % 256:02x}ad" for number in range(1, n_prompts + 3)]
    parts = {"train": names[:n_prompts], "test": names[n_prompts:]}
    found = {}
    for part, part_names in parts.items():
        rows, prompts = make_rows(rng, part_names, n_rows)
        shown = rows if part == "train" else rows.drop(columns=SCORES)
        shown.to_csv(folder / f"summaries_{part}.csv", index=False)
        prompts.to_csv(folder / f"prompts_{part}.csv", index=False)
        found[part] = rows
    columns = ["student_id", *SCORES]
    found["test"][columns].to_csv(folder / "solution.csv", index=False)
    found["test"][columns].assign(**dict.fromkeys(SCORES, 0.0)).to_csv(
        folder / "sample_submission.csv", index=False
    )
    return found


def mcrmse(predicted: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean over the columns of the root of the mean squared error."""
    return float(np.sqrt(((predicted - scores) ** 2).mean(axis=0)).mean())


def main() -> None:
    """Write the set, and print the errors of a ridge on the length."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--rows", type=int, default=500, help="of each prompt")
    parser.add_argument("--prompts", type=int, default=4, help="of train")
    arguments = parser.parse_args()
    found = write(arguments.sets / "summaries", arguments.rows, arguments.prompts)
    lengths = {
        part: np.log(rows["text"].str.split().str.len().to_numpy())[:, None]
        for part, rows in found.items()
    }
    train, test = found["train"], found["test"]
    scores = train[SCORES].to_numpy()
    groups = train["prompt_id"].to_numpy()
    oof = cross_val_predict(Ridge(), lengths["train"], scores, groups=groups, cv=LeaveOneGroupOut())
    predicted = Ridge().fit(lengths["train"], scores).predict(lengths["test"])
    print(f"{len(train):,} train rows, {len(test):,} test rows")
    error = mcrmse(predicted, test[SCORES].to_numpy())
    print("mcrmse of a ridge on the log of the length:")
    print(f"{mcrmse(oof, scores):.4f} out of fold, {error:.4f} on the test rows")


if __name__ == "__main__":
    main()
