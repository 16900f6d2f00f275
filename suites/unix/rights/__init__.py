"""SCM_RIGHTS: descriptors that are passed along with messages."""
