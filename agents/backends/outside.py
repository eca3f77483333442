"""The backend of kinds whose runs somebody outside works on (Kind.works_outside)."""

from agents.backends.base import Answer, Job, Registration, Resources
from agents.errors import AgentError


class WorkedOutside:
    """Opened only for a run that is to end: it was cancelled, or its agent may not be asked any more."""

    def __init__(self, agent: Registration, resources: Resources) -> None:
        del resources
        self.agent_name = self.model_name = agent.name

    async def answer(self, job: Job) -> Answer:
        """Reached when the agent was switched on again at the same moment."""
        raise AgentError("agent_changed", "The agent was changed at this moment. Ask again.", retryable=True)
