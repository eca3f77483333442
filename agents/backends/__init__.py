"""Who answers a run."""
