"""Before training and after it: a new competition's page, a check of its files, Kaggle."""
