"""Other servers of event streams, set up as their documentation says, to be measured beside ours."""
