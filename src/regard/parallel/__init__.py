"""Jobs in worker processes, and their progress."""
