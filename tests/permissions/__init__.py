"""Who may do what: every command and every REST route, in a table each, checked against the code."""
