"""Cases that tests share."""
