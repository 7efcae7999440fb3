from tests.outside import outside, sandbox_process

__all__ = ["outside", "sandbox_process"]
