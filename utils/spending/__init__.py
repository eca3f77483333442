"""What models took, what that cost, and how much may be spent."""
