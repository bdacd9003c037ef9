"""Jobs that write linkage tables, one file each."""
