"""What runs, in the order of the data: bronze, silver, linkage, gold, pathfinders."""
