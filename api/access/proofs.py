"""That whoever sits at a browser is who has signed in there: the password once more, or a fresh code."""

from api.access.attempts import WrongPasswordError, attempted
from api.access.audit import note
from api.access.identity import principal
from api.bodies.second_factors import Proof
from api.services import services
from utils.accounts import passwords
from utils.accounts.second_factors import words_for_wrong


def require_proof(proof: Proof) -> None:
    """Raises ApiError for a wrong one, and while one has to wait."""
    if proof.password is not None:
        require_password(proof.password)
    elif proof.code is not None:
        _require_code(proof.code)


def require_password(password: str) -> None:
    """Raises ApiError for a wrong one, and while one has to wait."""
    user = principal().user
    with passwords.place_to_hash(known=True), attempted(user.email, f"user {user.key}"):
        if not passwords.matches(password, services().users.password_of(user.key), known=True):
            note("present password not known")
            raise WrongPasswordError(401, "wrong_credentials", "Your current password is wrong.")


def _require_code(code: str) -> None:
    user, factors = principal().user, services().second_factors
    with attempted(user.email, f"user {user.key}", "code"):
        if factors.takes(user.key, code, known=True) is None:
            factors.count_wrong(user.key)
            raise WrongPasswordError(401, "wrong_code", words_for_wrong(code))
