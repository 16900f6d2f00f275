"""The folder of pytest's temporary files: one that this user owns."""

import getpass
import os
import tempfile
from itertools import count


def _is_anothers(folder: str) -> bool:
    try:
        return os.lstat(folder).st_uid != os.getuid()
    except OSError:
        return False


def avoid_the_folder_of_another_user() -> None:
    """Have pytest take another name for its folder (it is named after the user) where that of this user is another's.

    So it is for root of a user namespace beside the real root's folder: pytest would refuse it.
    """
    try:
        user, folder = getpass.getuser(), os.environ.get("PYTEST_DEBUG_TEMPROOT") or tempfile.gettempdir()
    except (OSError, KeyError):
        return
    for number in count():
        name = f"{user}-{number}" if number else user
        if not _is_anothers(os.path.join(folder, f"pytest-of-{name}")):
            if number:
                os.environ["LOGNAME"] = name
            return
