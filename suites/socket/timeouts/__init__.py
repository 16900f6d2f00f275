"""SO_RCVTIMEO and SO_SNDTIMEO in their layouts."""
