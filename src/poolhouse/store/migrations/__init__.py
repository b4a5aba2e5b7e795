"""The schema's history: one for both engines, one DDL statement for each revision after the first."""
