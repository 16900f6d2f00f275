"""epoll(7): readiness, and when it is reported again."""
