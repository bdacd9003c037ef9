"""How values of one kind are written in one way: Column -> Column, null in null out, never an exception."""
