"""`python -m ganframe` is `ganframe`."""

from ganframe.cli import main

main()
