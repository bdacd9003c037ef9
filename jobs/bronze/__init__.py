"""Jobs that write bronze tables, one file per source."""
