"""How a job ends before its answer."""


class Stopped(BaseException):
    """Somebody stopped the run, another worker has taken it over, or this program ends.

    Not an Exception: what a program does about its own errors must not keep it working.
    """


class Paused(BaseException):
    """Somebody has paused the run, and what it needs to go on is kept: this program is done with it until then.

    Not an Exception, as Stopped is none. `job.keep` raises it.
    """
