"""What people are told of, wherever they are: who, how, when, and in which words."""
