"""What the backends of a process share, for tests."""

from agents.backends.base import Resources
from agents.checkpoints.checkpoints import Checkpoints, open_checkpoints
from agents.models.chat_models import ChatModels
from utils.database.base import Database
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.documents import Documents
from utils.sessions.passages import Passages
from utils.settings import Settings


def resources(settings: Settings, database: Database, checkpoints: Checkpoints | None = None) -> Resources:
    return Resources(
        settings=settings,
        models=ChatModels(settings.model_timeout_seconds, settings.model_plan_tokens),
        checkpoints=checkpoints or open_checkpoints(settings, database),
        documents=Documents(database),
        passages=Passages(database),
        rules=ApprovalRules(database),
    )
