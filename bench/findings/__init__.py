"""How often a healthy run is said to be stuck, and how soon one that is stuck is found."""
