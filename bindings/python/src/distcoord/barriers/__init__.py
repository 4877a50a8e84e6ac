"""Meeting points: barriers, latches, events, and who belongs to a group."""
