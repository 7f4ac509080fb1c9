"""Scores of predictions, and the thresholds that turn predictions into labels."""
