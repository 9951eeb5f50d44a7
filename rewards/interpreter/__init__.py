"""Running a plan's rules on events and day closes, in memory: no database, no clock, no input or output of its own."""
