"""What all of them use."""
