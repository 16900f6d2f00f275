"""What a pidfd refers to.

Source: pidfd_open(2), proc_pid_fdinfo(5).
"""


def pid_of(pidfd: int) -> int:
    """Return the pid that a pidfd's fdinfo shows: -1 for a process that was reaped; ValueError if it is no pidfd."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        for line in info:
            name, _, value = line.partition(":")
            if name == "Pid":
                return int(value)
    raise ValueError(f"descriptor {pidfd} is no pidfd")
