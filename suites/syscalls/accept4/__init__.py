"""accept4(2): its flags."""
