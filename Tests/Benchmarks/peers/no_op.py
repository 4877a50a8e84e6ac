"""The job that does nothing; RQ workers import it by name."""


def no_op(payload: str) -> None:
    pass
