import pytest

from regard.competitions.discovery.endings import files_ending_with


@pytest.fixture
def files(tmp_path):
    headers = {
        "prompts_train.csv": "prompt_id,prompt_text",
        "summaries_train.csv": "student_id,prompt_id,text,content",
        "sample_submission.csv": "student_id,content",
        "constrain.csv": "student_id",
    }
    for name, header in headers.items():
        (tmp_path / name).write_text(f"{header}\n1,2\n")
    return sorted(tmp_path.iterdir())


def test_the_file_with_the_ids_of_the_sample_is_chosen(files):
    assert [path.name for path in files_ending_with(files, "train")] == ["summaries_train.csv"]


def test_a_single_file_needs_no_sample(files):
    alone = [path for path in files if path.name == "prompts_train.csv"]
    assert files_ending_with(alone, "train") == alone
    assert files_ending_with(files, "test") == []
