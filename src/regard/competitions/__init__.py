"""Work before and after training: a new competition's page, a check of its files, Kaggle."""
