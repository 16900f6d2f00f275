"""read(2), write(2), their vectored and positioned forms."""
