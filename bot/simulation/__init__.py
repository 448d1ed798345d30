"""A calendar played on a fast clock: who would be sent what, and when."""
