"""What does the work: the agents, their graph, the models, and the processes that run them."""
