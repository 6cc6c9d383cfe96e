"""Real BitTorrent clients on this machine, talking over 127.0.0.1 only."""
