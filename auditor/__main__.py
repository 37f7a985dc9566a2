"""``python -m auditor``, for launchers that start modules, such as torchrun."""

from auditor.cli.main import main

if __name__ == "__main__":
    main()
