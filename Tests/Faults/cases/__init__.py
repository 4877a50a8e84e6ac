"""The cases: each function of a module here that takes a ring. A case fails by raising Failure."""
