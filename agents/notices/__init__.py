"""How a notice reaches somebody: web hooks, push services, mail, chats."""
