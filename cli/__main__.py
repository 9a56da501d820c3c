"""``python -m cli``: the same as the command ``matcher``."""

from cli.app import main

if __name__ == "__main__":
    main()
