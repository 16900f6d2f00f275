"""SO_ZEROCOPY and MSG_ZEROCOPY: what is sent without a copy, and the completions in the error queue."""

DOCUMENTS = ["doc:networking/msg_zerocopy.rst"]
