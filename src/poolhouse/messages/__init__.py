"""E-mail and SMS: what they say (`compose`) and how they leave (`channels`)."""
