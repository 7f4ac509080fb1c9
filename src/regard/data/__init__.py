"""A competition's files and what the models read of them."""
