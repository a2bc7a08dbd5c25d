"""How mails leave: by a mail server, or into the log where there is none."""
