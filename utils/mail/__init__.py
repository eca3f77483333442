"""Mail: what is to be sent, and handing it to a mail server."""
