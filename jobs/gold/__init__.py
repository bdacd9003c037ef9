"""Jobs that write gold tables, one file each."""
