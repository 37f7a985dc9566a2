"""Audit text data sets before they are trained on, and prepare them."""

__version__ = "0.1.0"
