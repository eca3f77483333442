"""How a job ends before its answer."""


class Stopped(BaseException):
    """Somebody stopped the run, another worker has taken it over, or this program ends.

    Not an Exception: what a program does about its own errors must not keep it working.
    """
