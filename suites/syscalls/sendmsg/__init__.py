"""sendmsg(2): header, vector, control buffer, flags and refusals."""
