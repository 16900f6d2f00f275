"""SCM_CREDENTIALS and SO_PEERCRED: who sent a message, who is at the other end."""
