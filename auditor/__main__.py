"""Entry point of ``python -m auditor``, for launchers such as torchrun."""

from auditor.cli.main import main

if __name__ == "__main__":
    main()
