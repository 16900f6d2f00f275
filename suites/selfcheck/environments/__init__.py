"""Machines that lack, forbid or limit something: no verdict there is wrong."""
