"""cyplink: councils' and NHS providers' returns about children, linked into one research-ready dataset."""

__version__ = "0.1.0"
