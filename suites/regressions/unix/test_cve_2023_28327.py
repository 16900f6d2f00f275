"""CVE-2023-28327: sock_diag asked for the owner of one AF_UNIX socket by its inode took a null pointer."""

import os

from fixtures.clauses import clause
from helpers.kinds import UNIX_DGRAM
from helpers.net.unix_diag import diag_of
from helpers.uapi.unix_diag import UDIAG_SHOW_UID, UNIX_DIAG_SHUTDOWN, UNIX_DIAG_UID


@clause(
    since="6.1", level="source",
    refs=["cve:CVE-2023-28327", "commit:b3abe42e9490", "src:net/unix/diag.c:unix_diag_get_exact"],
)  # fmt: skip
def test_the_owner_of_one_socket_is_told(sockets, namespace):
    """A request for one AF_UNIX socket by its inode is answered with its owner, as a list of all of them is."""
    diag, socket = diag_of(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)

    entry = diag.one(os.fstat(socket.fd).st_ino, UDIAG_SHOW_UID)

    assert entry.attributes == {UNIX_DIAG_SHUTDOWN: b"\0", UNIX_DIAG_UID: os.geteuid().to_bytes(4, "little")}
    assert entry.attributes == diag.of(socket, UDIAG_SHOW_UID).attributes
