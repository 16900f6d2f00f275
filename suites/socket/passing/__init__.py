"""SO_PASSCRED, SO_PASSSEC, SO_PASSPIDFD, SO_PASSRIGHTS: what is passed along with messages."""
