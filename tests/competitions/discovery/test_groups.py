from helpers.tables import cycle, find_doubts, guess_settings, make_tables, sentences

BINARY = {"label": cycle("0 1", 60)}


def tables(name, train, test):
    cells = [*cycle(train, 60), *cycle(test, 20)]
    return make_tables(BINARY, {"label": "0"}, text=sentences(80), **{name: cells})


def test_values_that_test_has_others_of_are_groups():
    found = tables("essay_set", "1 2 3 4 5 6", "7 8")
    assert guess_settings(found)["group_column"] == "essay_set"
    assert "numeric_columns" not in guess_settings(found)
    assert "write categorical_columns: [essay_set] instead of group_column" in find_doubts(found)


def test_few_groups_need_few_folds():
    found = tables("prompt_id", "3b9 39c ebad", "814")
    assert guess_settings(found)["group_column"] == "prompt_id"
    assert (
        "prompt_id has 3 values, too few for 5 folds; give check and train folds.n_folds=3"
        in find_doubts(found)
    )


def test_values_of_test_are_categories_and_numbers():
    assert guess_settings(tables("source", "a b c", "a b c"))["categorical_columns"] == ["source"]
    assert guess_settings(tables("prompt_id", "a b", "b a"))["categorical_columns"] == ["prompt_id"]
    assert guess_settings(tables("size", "1 2 3", "1 2 3"))["numeric_columns"] == ["size"]
    for name in ("source", "prompt_id", "size"):
        assert "group_column" not in guess_settings(tables(name, "1 2", "1 2"))


def test_fractions_and_mixed_values_are_no_groups():
    assert "group_column" not in guess_settings(tables("size", "1.5 2.5", "3.5 4.5"))
    assert "group_column" not in guess_settings(tables("source", "a b", "a c"))


def test_numbers_of_kinds_have_a_doubt():
    found = tables("essay_set", "1 2 3", "1 2 3")
    assert guess_settings(found)["categorical_columns"] == ["essay_set"]
    assert "the numbers of essay_set are assumed to name kinds" in find_doubts(found)


def test_ids_that_train_and_test_share_may_be_categories():
    users = [f"{number % 15 + 100}" for number in range(80)]
    found = make_tables(BINARY, {"label": "0"}, text=sentences(80), user_id=users)
    assert guess_settings(found)["group_column"] == "user_id"
    assert "write categorical_columns: [user_id] instead of group_column" in find_doubts(found)


def test_users():
    users = [f"u{row // 4}" for row in range(60)] + [f"u{90 + row // 4}" for row in range(20)]
    found = make_tables(BINARY, {"label": "0"}, text=sentences(80), writer=users)
    assert guess_settings(found)["group_column"] == "writer"


def test_the_largest_groups_are_chosen():
    writers = [f"u{row // 4}" for row in range(60)] + [f"u{90 + row // 4}" for row in range(20)]
    schools = [f"s{row // 12}" for row in range(60)] + ["s9"] * 20
    found = make_tables(BINARY, {"label": "0"}, text=sentences(80), writer=writers, school=schools)
    assert guess_settings(found)["group_column"] == "school"
    assert "test also has other values of writer" in find_doubts(found)
