"""The same graph of agents without Ringside around it, to be measured beside it."""
