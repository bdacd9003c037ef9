"""Jobs that write pathfinders tables, one file each."""
