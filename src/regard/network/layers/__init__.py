"""One layer of the network a file."""
