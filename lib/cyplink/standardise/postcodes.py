"""Postcodes: upper case without a space, in a postcode's shape; pseudo and office postcodes are nobody's home."""

SHAPE = r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"
