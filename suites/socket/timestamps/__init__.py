"""SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING and SO_TXTIME: values, and the control messages that they make."""
