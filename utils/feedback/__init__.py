"""What people think of answers and steps."""
