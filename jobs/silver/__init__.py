"""Jobs that write silver tables, one file each."""
